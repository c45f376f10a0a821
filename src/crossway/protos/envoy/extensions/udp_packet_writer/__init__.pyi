# envoy.extensions.udp_packet_writer of Envoy 1.39.3, written by tools/protos.py.
