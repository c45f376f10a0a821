# envoy.extensions.filters.http.ai_protocol_manager of Envoy 1.39.3, written by tools/protos.py.
