# envoy.extensions.filters.network.thrift_proxy.router of Envoy 1.39.3, written by tools/protos.py.
