# envoy.extensions.filters.http.cache_v2 of Envoy 1.39.3, written by tools/protos.py.
