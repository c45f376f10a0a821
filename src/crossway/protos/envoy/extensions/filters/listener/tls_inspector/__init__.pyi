# envoy.extensions.filters.listener.tls_inspector of Envoy 1.39.3, written by tools/protos.py.
