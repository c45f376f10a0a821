# envoy.extensions.load_balancing_policies.cluster_provided of Envoy 1.39.3, written by tools/protos.py.
