# envoy.extensions.http.header_formatters.preserve_case of Envoy 1.39.3, written by tools/protos.py.
