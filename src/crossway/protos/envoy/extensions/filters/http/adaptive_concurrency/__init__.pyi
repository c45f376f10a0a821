# envoy.extensions.filters.http.adaptive_concurrency of Envoy 1.39.3, written by tools/protos.py.
