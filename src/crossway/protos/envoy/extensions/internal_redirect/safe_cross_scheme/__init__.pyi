# envoy.extensions.internal_redirect.safe_cross_scheme of Envoy 1.39.3, written by tools/protos.py.
