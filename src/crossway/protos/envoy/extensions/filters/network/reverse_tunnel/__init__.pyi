# envoy.extensions.filters.network.reverse_tunnel of Envoy 1.39.3, written by tools/protos.py.
