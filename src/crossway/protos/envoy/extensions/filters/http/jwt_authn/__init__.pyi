# envoy.extensions.filters.http.jwt_authn of Envoy 1.39.3, written by tools/protos.py.
