# envoy.extensions.matching.input_matchers.ip of Envoy 1.39.3, written by tools/protos.py.
