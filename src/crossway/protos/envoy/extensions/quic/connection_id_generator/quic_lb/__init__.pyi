# envoy.extensions.quic.connection_id_generator.quic_lb of Envoy 1.39.3, written by tools/protos.py.
