# envoy.extensions.filters.udp of Envoy 1.39.3, written by tools/protos.py.
