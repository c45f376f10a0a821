# envoy.config.upstream.local_address_selector of Envoy 1.39.3, written by tools/protos.py.
