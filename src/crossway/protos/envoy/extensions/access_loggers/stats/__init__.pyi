# envoy.extensions.access_loggers.stats of Envoy 1.39.3, written by tools/protos.py.
