# envoy.extensions.filters.http.api_key_auth of Envoy 1.39.3, written by tools/protos.py.
