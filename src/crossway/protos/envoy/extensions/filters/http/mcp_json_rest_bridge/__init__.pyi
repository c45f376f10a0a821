# envoy.extensions.filters.http.mcp_json_rest_bridge of Envoy 1.39.3, written by tools/protos.py.
