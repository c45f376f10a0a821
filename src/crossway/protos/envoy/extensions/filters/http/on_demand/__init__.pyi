# envoy.extensions.filters.http.on_demand of Envoy 1.39.3, written by tools/protos.py.
