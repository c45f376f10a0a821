# envoy.extensions.local_address_selectors.filter_state_override of Envoy 1.39.3, written by tools/protos.py.
