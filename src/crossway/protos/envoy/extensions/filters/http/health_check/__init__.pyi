# envoy.extensions.filters.http.health_check of Envoy 1.39.3, written by tools/protos.py.
