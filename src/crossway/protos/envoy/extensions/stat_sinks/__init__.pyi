# envoy.extensions.stat_sinks of Envoy 1.39.3, written by tools/protos.py.
