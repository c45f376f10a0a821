# envoy.extensions.http.ext_proc.response_processors of Envoy 1.39.3, written by tools/protos.py.
