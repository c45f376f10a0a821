# envoy.extensions.quic.server_preferred_address of Envoy 1.39.3, written by tools/protos.py.
