# envoy.extensions.internal_redirect of Envoy 1.39.3, written by tools/protos.py.
