# envoy.extensions.http.cache_v2.simple_http_cache of Envoy 1.39.3, written by tools/protos.py.
