# envoy.extensions.load_balancing_policies.load_aware_locality of Envoy 1.39.3, written by tools/protos.py.
