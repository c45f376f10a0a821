# envoy.extensions.upstreams.tcp.generic of Envoy 1.39.3, written by tools/protos.py.
