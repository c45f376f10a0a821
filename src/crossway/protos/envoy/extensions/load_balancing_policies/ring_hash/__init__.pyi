# envoy.extensions.load_balancing_policies.ring_hash of Envoy 1.39.3, written by tools/protos.py.
