# envoy.extensions.transport_sockets.http_11_proxy of Envoy 1.39.3, written by tools/protos.py.
