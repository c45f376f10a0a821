# envoy.extensions.access_loggers.dynamic_modules of Envoy 1.39.3, written by tools/protos.py.
