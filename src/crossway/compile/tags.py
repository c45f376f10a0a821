"""Tags of spans: names with literal texts and variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from crossway.compile.variables import BEHIND_PYTHON, variable
from crossway.protos.envoy.type.tracing import v3 as tracing_v3

_IN_BRACES: Final = re.compile(r"\{([^{}]*)\}")


def _known(value: object) -> object:
    if isinstance(value, str) and (inside := _IN_BRACES.fullmatch(value)):
        found = variable(inside[1])
        if found.is_credential:
            raise ValueError(f"{found.text} is a credential, which is in no trace")
    return value


Tag = Annotated[str, Field(min_length=1, max_length=4096), BeforeValidator(_known)]
Tags = Mapping[Annotated[str, Field(min_length=1, max_length=255)], Tag]
"""Tags by name: each a literal text, or a variable in braces."""


def compile_tags(tags: Tags) -> Iterator[tracing_v3.CustomTag]:
    """Yield *tags* as Envoy writes them; a tag whose variable has no value is left out of a span."""
    for name, value in tags.items():
        inside = _IN_BRACES.fullmatch(value)
        command = variable(inside[1]).command if inside else value.replace("%", "%%")
        yield command_tag(name, BEHIND_PYTHON.get(command, command))


def command_tag(name: str, command: str) -> tracing_v3.CustomTag:
    """Return the tag whose value Envoy's formatter makes of *command*."""
    return tracing_v3.CustomTag(tag=name, value=command)
