"""Vaults, and references to secrets in them: `{vault://env/name}`.

Crossway has a store of secrets of its own, and reads none of Kong's vaults: what a reference stands for is not known
here, so it is refused wherever it stands.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator

from crossway.dialects.contract import Ignored
from crossway.dialects.kong.entity import KongEntity

_REFERENCE: Final = re.compile(r"\{vault://[^}]*\}")

T = TypeVar("T")


def _plain(value: object) -> object:
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        raise ValueError(f"{value} stands for a secret in a vault of Kong, which is not read here; write secret:NAME")
    return value


Unreferenced = Annotated[T, BeforeValidator(_plain)]
"""A value that stands there itself."""


class Vault(KongEntity):
    """A vault."""

    name: Annotated[str | None, Ignored("references to it are told where they stand")] = None
    prefix: Annotated[str | None, Ignored("references to it are told where they stand")] = None
    description: Annotated[str | None, Ignored("it is for people")] = None
    config: Annotated[Any, Ignored("references to it are told where they stand")] = None
