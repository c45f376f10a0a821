# envoy.extensions.transport_sockets.internal_upstream of Envoy 1.39.3, written by tools/protos.py.
