# envoy.extensions.filters.http.ext_authz of Envoy 1.39.3, written by tools/protos.py.
