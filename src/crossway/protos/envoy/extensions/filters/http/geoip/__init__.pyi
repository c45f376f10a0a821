# envoy.extensions.filters.http.geoip of Envoy 1.39.3, written by tools/protos.py.
