# envoy.extensions.compression.brotli.decompressor of Envoy 1.39.3, written by tools/protos.py.
