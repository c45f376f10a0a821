# envoy.extensions.matching.input_matchers of Envoy 1.39.3, written by tools/protos.py.
