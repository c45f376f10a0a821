# envoy.extensions.access_loggers.filters.process_ratelimit of Envoy 1.39.3, written by tools/protos.py.
