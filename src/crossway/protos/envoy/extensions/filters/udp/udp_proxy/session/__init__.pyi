# envoy.extensions.filters.udp.udp_proxy.session of Envoy 1.39.3, written by tools/protos.py.
