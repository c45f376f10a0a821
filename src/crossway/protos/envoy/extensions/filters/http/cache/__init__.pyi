# envoy.extensions.filters.http.cache of Envoy 1.39.3, written by tools/protos.py.
