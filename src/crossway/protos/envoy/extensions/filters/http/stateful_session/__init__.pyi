# envoy.extensions.filters.http.stateful_session of Envoy 1.39.3, written by tools/protos.py.
