# envoy.extensions.filters.http.mcp_router of Envoy 1.39.3, written by tools/protos.py.
