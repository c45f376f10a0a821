# envoy.extensions.matching.input_matchers.runtime_fraction of Envoy 1.39.3, written by tools/protos.py.
