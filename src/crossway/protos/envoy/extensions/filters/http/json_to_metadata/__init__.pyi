# envoy.extensions.filters.http.json_to_metadata of Envoy 1.39.3, written by tools/protos.py.
