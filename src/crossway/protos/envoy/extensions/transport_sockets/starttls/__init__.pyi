# envoy.extensions.transport_sockets.starttls of Envoy 1.39.3, written by tools/protos.py.
