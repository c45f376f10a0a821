# envoy.extensions.access_loggers.wasm of Envoy 1.39.3, written by tools/protos.py.
