# envoy.extensions.watchdog.profile_action of Envoy 1.39.3, written by tools/protos.py.
