# envoy.extensions.filters.http.grpc_http1_bridge of Envoy 1.39.3, written by tools/protos.py.
