# envoy.extensions.filters.http.oauth2 of Envoy 1.39.3, written by tools/protos.py.
