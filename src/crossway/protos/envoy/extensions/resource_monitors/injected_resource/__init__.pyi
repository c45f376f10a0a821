# envoy.extensions.resource_monitors.injected_resource of Envoy 1.39.3, written by tools/protos.py.
