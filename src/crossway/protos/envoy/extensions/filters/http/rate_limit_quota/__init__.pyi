# envoy.extensions.filters.http.rate_limit_quota of Envoy 1.39.3, written by tools/protos.py.
