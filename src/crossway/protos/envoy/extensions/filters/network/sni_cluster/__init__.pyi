# envoy.extensions.filters.network.sni_cluster of Envoy 1.39.3, written by tools/protos.py.
