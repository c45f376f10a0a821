# envoy.extensions.transport_sockets.tls.cert_mappers.sni of Envoy 1.39.3, written by tools/protos.py.
