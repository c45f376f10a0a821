# envoy.extensions.filters.http.admission_control of Envoy 1.39.3, written by tools/protos.py.
