# envoy.extensions.quic.client_writer_factory of Envoy 1.39.3, written by tools/protos.py.
