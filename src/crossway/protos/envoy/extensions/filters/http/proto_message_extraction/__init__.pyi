# envoy.extensions.filters.http.proto_message_extraction of Envoy 1.39.3, written by tools/protos.py.
