# envoy.extensions.filters.network.generic_proxy.codecs of Envoy 1.39.3, written by tools/protos.py.
