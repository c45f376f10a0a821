# envoy.extensions.rate_limit_descriptors.expr of Envoy 1.39.3, written by tools/protos.py.
