# envoy.extensions.filters.http.file_system_buffer of Envoy 1.39.3, written by tools/protos.py.
