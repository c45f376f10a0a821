# envoy.extensions.filters.network.mongo_proxy of Envoy 1.39.3, written by tools/protos.py.
