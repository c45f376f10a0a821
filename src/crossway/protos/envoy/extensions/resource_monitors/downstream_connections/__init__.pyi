# envoy.extensions.resource_monitors.downstream_connections of Envoy 1.39.3, written by tools/protos.py.
