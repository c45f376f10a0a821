# envoy.extensions.stat_sinks.open_telemetry of Envoy 1.39.3, written by tools/protos.py.
