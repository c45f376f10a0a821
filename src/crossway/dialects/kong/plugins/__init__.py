"""The plugins that are known, each with what it becomes."""

from collections.abc import Mapping
from typing import Any, Final

from crossway.dialects.kong.plugin import Kind
from crossway.dialects.kong.plugins import cors, credentials, jwt, limits, observability, others, refused, transformers
from crossway.dialects.kong.plugins.refused import Unknown

_MODULES: Final = (credentials, cors, jwt, limits, observability, others, refused, transformers)

KINDS: Final[Mapping[str, Kind[Any]]] = {kind.name: kind for module in _MODULES for kind in module.KINDS}
"""Every kind of plugins that is known, by its name."""

__all__ = ["KINDS", "Unknown"]
