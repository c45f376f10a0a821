# envoy.extensions.transport_sockets.tcp_stats of Envoy 1.39.3, written by tools/protos.py.
