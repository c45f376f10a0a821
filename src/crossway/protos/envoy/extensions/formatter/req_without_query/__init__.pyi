# envoy.extensions.formatter.req_without_query of Envoy 1.39.3, written by tools/protos.py.
