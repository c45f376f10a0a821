# envoy.extensions.network.dns_resolver.hickory of Envoy 1.39.3, written by tools/protos.py.
