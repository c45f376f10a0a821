# envoy.extensions.health_checkers.thrift of Envoy 1.39.3, written by tools/protos.py.
