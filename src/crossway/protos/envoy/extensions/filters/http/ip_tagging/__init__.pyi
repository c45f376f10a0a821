# envoy.extensions.filters.http.ip_tagging of Envoy 1.39.3, written by tools/protos.py.
