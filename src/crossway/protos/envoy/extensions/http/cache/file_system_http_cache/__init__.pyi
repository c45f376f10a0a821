# envoy.extensions.http.cache.file_system_http_cache of Envoy 1.39.3, written by tools/protos.py.
