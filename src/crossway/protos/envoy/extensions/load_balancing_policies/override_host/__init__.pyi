# envoy.extensions.load_balancing_policies.override_host of Envoy 1.39.3, written by tools/protos.py.
