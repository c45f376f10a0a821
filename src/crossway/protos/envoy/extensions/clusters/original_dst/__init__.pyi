# envoy.extensions.clusters.original_dst of Envoy 1.39.3, written by tools/protos.py.
