# envoy.extensions.filters.network.connection_limit of Envoy 1.39.3, written by tools/protos.py.
