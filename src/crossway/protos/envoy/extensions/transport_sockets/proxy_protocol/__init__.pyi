# envoy.extensions.transport_sockets.proxy_protocol of Envoy 1.39.3, written by tools/protos.py.
