# envoy.extensions.transport_sockets.tls.cert_validator of Envoy 1.39.3, written by tools/protos.py.
