# envoy.extensions.common.async_files of Envoy 1.39.3, written by tools/protos.py.
