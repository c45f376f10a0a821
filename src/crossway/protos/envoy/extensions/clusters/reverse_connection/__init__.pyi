# envoy.extensions.clusters.reverse_connection of Envoy 1.39.3, written by tools/protos.py.
