# envoy.extensions.local_address_selectors of Envoy 1.39.3, written by tools/protos.py.
