# envoy.extensions.filters.http.file_server of Envoy 1.39.3, written by tools/protos.py.
