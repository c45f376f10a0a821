# envoy.extensions.http.ext_proc.processing_request_modifiers.mapped_attribute_builder of Envoy 1.39.3, written by tools/protos.py.
