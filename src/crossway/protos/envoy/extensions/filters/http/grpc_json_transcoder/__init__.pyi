# envoy.extensions.filters.http.grpc_json_transcoder of Envoy 1.39.3, written by tools/protos.py.
