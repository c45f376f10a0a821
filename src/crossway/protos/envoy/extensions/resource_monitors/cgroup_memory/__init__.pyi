# envoy.extensions.resource_monitors.cgroup_memory of Envoy 1.39.3, written by tools/protos.py.
