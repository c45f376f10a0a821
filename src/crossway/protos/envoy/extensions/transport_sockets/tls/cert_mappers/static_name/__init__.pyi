# envoy.extensions.transport_sockets.tls.cert_mappers.static_name of Envoy 1.39.3, written by tools/protos.py.
