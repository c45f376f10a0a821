"""Crossway: one control plane for the API gateway and the service mesh, with Envoy as its proxy."""

__version__ = "0.1.0"
