# envoy.extensions.retry.priority.previous_priorities of Envoy 1.39.3, written by tools/protos.py.
