# envoy.extensions.internal_redirect.previous_routes of Envoy 1.39.3, written by tools/protos.py.
