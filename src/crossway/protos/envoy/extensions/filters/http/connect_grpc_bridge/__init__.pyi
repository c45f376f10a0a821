# envoy.extensions.filters.http.connect_grpc_bridge of Envoy 1.39.3, written by tools/protos.py.
