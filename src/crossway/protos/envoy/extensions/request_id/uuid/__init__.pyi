# envoy.extensions.request_id.uuid of Envoy 1.39.3, written by tools/protos.py.
