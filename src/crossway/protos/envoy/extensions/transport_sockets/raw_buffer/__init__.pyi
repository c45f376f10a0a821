# envoy.extensions.transport_sockets.raw_buffer of Envoy 1.39.3, written by tools/protos.py.
