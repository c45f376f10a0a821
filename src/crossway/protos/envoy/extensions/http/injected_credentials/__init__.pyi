# envoy.extensions.http.injected_credentials of Envoy 1.39.3, written by tools/protos.py.
