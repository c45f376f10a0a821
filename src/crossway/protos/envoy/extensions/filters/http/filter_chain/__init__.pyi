# envoy.extensions.filters.http.filter_chain of Envoy 1.39.3, written by tools/protos.py.
