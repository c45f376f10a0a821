# envoy.extensions.transport_sockets.tls.cert_mappers.filter_state_override of Envoy 1.39.3, written by tools/protos.py.
