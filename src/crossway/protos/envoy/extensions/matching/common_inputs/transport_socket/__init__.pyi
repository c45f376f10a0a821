# envoy.extensions.matching.common_inputs.transport_socket of Envoy 1.39.3, written by tools/protos.py.
