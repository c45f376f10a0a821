"""Envoy on this machine: what it is told at its start, how it is run, watched and drained.

`preflight` says whether it can run here, `bootstrap` makes its first configuration, `envoy.Envoy` keeps it running,
`validate` asks it whether it would accept a configuration.
"""
