# envoy.extensions.config.validators.minimum_clusters of Envoy 1.39.3, written by tools/protos.py.
