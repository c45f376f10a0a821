# envoy.extensions.filters.listener.http_inspector of Envoy 1.39.3, written by tools/protos.py.
