# envoy.extensions.formatter.file_content of Envoy 1.39.3, written by tools/protos.py.
