# envoy.extensions.filters.http.alternate_protocols_cache of Envoy 1.39.3, written by tools/protos.py.
