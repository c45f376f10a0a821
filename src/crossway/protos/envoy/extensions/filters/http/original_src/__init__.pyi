# envoy.extensions.filters.http.original_src of Envoy 1.39.3, written by tools/protos.py.
