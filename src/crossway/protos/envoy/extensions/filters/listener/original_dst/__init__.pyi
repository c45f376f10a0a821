# envoy.extensions.filters.listener.original_dst of Envoy 1.39.3, written by tools/protos.py.
