# envoy.extensions.http.early_header_mutation of Envoy 1.39.3, written by tools/protos.py.
