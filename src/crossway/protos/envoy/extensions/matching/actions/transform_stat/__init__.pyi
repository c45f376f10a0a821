# envoy.extensions.matching.actions.transform_stat of Envoy 1.39.3, written by tools/protos.py.
