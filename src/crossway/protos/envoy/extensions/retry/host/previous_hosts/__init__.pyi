# envoy.extensions.retry.host.previous_hosts of Envoy 1.39.3, written by tools/protos.py.
