# envoy.extensions.health_check.event_sinks.file of Envoy 1.39.3, written by tools/protos.py.
