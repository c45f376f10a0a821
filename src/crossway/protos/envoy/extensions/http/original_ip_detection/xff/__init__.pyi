# envoy.extensions.http.original_ip_detection.xff of Envoy 1.39.3, written by tools/protos.py.
