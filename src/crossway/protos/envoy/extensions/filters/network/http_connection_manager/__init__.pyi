# envoy.extensions.filters.network.http_connection_manager of Envoy 1.39.3, written by tools/protos.py.
