# envoy.extensions.filters.listener.proxy_protocol of Envoy 1.39.3, written by tools/protos.py.
