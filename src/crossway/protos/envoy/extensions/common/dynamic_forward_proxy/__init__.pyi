# envoy.extensions.common.dynamic_forward_proxy of Envoy 1.39.3, written by tools/protos.py.
