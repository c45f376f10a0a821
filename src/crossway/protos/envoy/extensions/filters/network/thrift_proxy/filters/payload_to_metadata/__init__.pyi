# envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata of Envoy 1.39.3, written by tools/protos.py.
