# envoy.extensions.http.header_validators.envoy_default of Envoy 1.39.3, written by tools/protos.py.
