# envoy.extensions.filters.http.cdn_loop of Envoy 1.39.3, written by tools/protos.py.
