# envoy.extensions.matching.common_inputs.stats of Envoy 1.39.3, written by tools/protos.py.
