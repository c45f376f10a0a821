# envoy.config.common.mutation_rules of Envoy 1.39.3, written by tools/protos.py.
