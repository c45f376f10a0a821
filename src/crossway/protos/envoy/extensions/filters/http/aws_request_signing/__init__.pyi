# envoy.extensions.filters.http.aws_request_signing of Envoy 1.39.3, written by tools/protos.py.
