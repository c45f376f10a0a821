# envoy.extensions.http.ext_proc.response_processors.save_processing_response of Envoy 1.39.3, written by tools/protos.py.
