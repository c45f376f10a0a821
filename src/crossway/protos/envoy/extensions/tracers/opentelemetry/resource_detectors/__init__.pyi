# envoy.extensions.tracers.opentelemetry.resource_detectors of Envoy 1.39.3, written by tools/protos.py.
