# envoy.extensions.network.dns_resolver.getaddrinfo of Envoy 1.39.3, written by tools/protos.py.
