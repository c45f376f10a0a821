# envoy.extensions.tracers.fluentd of Envoy 1.39.3, written by tools/protos.py.
