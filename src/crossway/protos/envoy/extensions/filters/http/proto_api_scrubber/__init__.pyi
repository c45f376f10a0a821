# envoy.extensions.filters.http.proto_api_scrubber of Envoy 1.39.3, written by tools/protos.py.
