"""The Python face of Crossway: what an app and a plugin are written with."""
