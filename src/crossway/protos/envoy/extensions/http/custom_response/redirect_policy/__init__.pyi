# envoy.extensions.http.custom_response.redirect_policy of Envoy 1.39.3, written by tools/protos.py.
