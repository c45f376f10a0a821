# envoy.extensions.network.dns_resolver.cares of Envoy 1.39.3, written by tools/protos.py.
