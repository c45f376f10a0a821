# envoy.extensions.filters.udp.udp_proxy of Envoy 1.39.3, written by tools/protos.py.
