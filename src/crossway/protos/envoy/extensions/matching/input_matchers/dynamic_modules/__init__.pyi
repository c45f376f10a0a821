# envoy.extensions.matching.input_matchers.dynamic_modules of Envoy 1.39.3, written by tools/protos.py.
