# envoy.extensions.quic.connection_id_generator of Envoy 1.39.3, written by tools/protos.py.
