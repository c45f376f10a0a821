# envoy.extensions.tracers.opentelemetry.samplers of Envoy 1.39.3, written by tools/protos.py.
