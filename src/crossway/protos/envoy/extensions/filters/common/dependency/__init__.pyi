# envoy.extensions.filters.common.dependency of Envoy 1.39.3, written by tools/protos.py.
