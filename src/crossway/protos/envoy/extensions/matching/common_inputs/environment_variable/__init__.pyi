# envoy.extensions.matching.common_inputs.environment_variable of Envoy 1.39.3, written by tools/protos.py.
