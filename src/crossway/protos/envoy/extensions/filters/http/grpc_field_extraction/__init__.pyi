# envoy.extensions.filters.http.grpc_field_extraction of Envoy 1.39.3, written by tools/protos.py.
