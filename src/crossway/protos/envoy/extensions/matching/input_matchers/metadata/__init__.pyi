# envoy.extensions.matching.input_matchers.metadata of Envoy 1.39.3, written by tools/protos.py.
