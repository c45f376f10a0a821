# envoy.extensions.stat_sinks.dynamic_modules of Envoy 1.39.3, written by tools/protos.py.
