# envoy.extensions.stat_sinks.graphite_statsd of Envoy 1.39.3, written by tools/protos.py.
