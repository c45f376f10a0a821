# envoy.extensions.http.original_ip_detection of Envoy 1.39.3, written by tools/protos.py.
