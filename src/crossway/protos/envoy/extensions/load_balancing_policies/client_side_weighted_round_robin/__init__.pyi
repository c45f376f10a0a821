# envoy.extensions.load_balancing_policies.client_side_weighted_round_robin of Envoy 1.39.3, written by tools/protos.py.
