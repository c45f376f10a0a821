# envoy.extensions.retry.host.omit_host_metadata of Envoy 1.39.3, written by tools/protos.py.
