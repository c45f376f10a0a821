"""The native dialect: YAML and TOML, in one file or many. Its translation is the identity."""

from crossway.dialects.native.reader import Loaded, Native

__all__ = ["Loaded", "Native"]
