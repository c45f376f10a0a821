# envoy.extensions.http.ext_proc.processing_request_modifiers of Envoy 1.39.3, written by tools/protos.py.
