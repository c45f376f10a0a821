# envoy.extensions.load_balancing_policies.least_request of Envoy 1.39.3, written by tools/protos.py.
