# envoy.extensions.bootstrap.reverse_tunnel.upstream_socket_interface of Envoy 1.39.3, written by tools/protos.py.
