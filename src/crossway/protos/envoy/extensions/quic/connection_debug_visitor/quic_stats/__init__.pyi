# envoy.extensions.quic.connection_debug_visitor.quic_stats of Envoy 1.39.3, written by tools/protos.py.
