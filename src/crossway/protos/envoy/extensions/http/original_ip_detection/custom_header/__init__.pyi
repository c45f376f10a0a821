# envoy.extensions.http.original_ip_detection.custom_header of Envoy 1.39.3, written by tools/protos.py.
