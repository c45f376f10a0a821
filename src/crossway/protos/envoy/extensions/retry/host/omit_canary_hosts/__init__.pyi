# envoy.extensions.retry.host.omit_canary_hosts of Envoy 1.39.3, written by tools/protos.py.
