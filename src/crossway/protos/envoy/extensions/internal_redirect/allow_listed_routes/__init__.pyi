# envoy.extensions.internal_redirect.allow_listed_routes of Envoy 1.39.3, written by tools/protos.py.
