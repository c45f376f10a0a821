# envoy.extensions.access_loggers.open_telemetry of Envoy 1.39.3, written by tools/protos.py.
