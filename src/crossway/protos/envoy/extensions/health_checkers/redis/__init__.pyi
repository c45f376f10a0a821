# envoy.extensions.health_checkers.redis of Envoy 1.39.3, written by tools/protos.py.
