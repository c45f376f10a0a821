# envoy.extensions.filters.http.fault of Envoy 1.39.3, written by tools/protos.py.
