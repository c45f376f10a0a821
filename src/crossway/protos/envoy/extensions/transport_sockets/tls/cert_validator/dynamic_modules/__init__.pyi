# envoy.extensions.transport_sockets.tls.cert_validator.dynamic_modules of Envoy 1.39.3, written by tools/protos.py.
