# envoy.extensions.rbac.principals.mtls_authenticated of Envoy 1.39.3, written by tools/protos.py.
