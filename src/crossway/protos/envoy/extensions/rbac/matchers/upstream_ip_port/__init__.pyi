# envoy.extensions.rbac.matchers.upstream_ip_port of Envoy 1.39.3, written by tools/protos.py.
