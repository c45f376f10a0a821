# envoy.extensions.filters.listener.set_filter_state of Envoy 1.39.3, written by tools/protos.py.
