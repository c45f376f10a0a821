# envoy.extensions.resource_monitors.cpu_utilization of Envoy 1.39.3, written by tools/protos.py.
