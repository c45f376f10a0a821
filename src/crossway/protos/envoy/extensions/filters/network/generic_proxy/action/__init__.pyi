# envoy.extensions.filters.network.generic_proxy.action of Envoy 1.39.3, written by tools/protos.py.
