# envoy.extensions.filters.http.cors of Envoy 1.39.3, written by tools/protos.py.
