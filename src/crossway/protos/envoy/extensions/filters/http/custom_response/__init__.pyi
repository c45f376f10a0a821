# envoy.extensions.filters.http.custom_response of Envoy 1.39.3, written by tools/protos.py.
