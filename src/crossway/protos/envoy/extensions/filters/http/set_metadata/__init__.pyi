# envoy.extensions.filters.http.set_metadata of Envoy 1.39.3, written by tools/protos.py.
