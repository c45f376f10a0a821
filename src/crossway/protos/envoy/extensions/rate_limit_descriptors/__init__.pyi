# envoy.extensions.rate_limit_descriptors of Envoy 1.39.3, written by tools/protos.py.
