# envoy.extensions.key_value.file_based of Envoy 1.39.3, written by tools/protos.py.
