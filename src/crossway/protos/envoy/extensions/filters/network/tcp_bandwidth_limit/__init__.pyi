# envoy.extensions.filters.network.tcp_bandwidth_limit of Envoy 1.39.3, written by tools/protos.py.
