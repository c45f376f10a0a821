# envoy.extensions.quic.connection_debug_visitor of Envoy 1.39.3, written by tools/protos.py.
