# envoy.extensions.http.stateful_session.header of Envoy 1.39.3, written by tools/protos.py.
