# envoy.extensions.filters.listener.local_ratelimit of Envoy 1.39.3, written by tools/protos.py.
