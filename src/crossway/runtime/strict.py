"""JSON that can be read in one way only (RFC 8259; I-JSON, RFC 7493).

Law: what two readers could take for two things is none. Whoever stands behind a bridge reads what the bridge has read.
"""

from __future__ import annotations

import json
from typing import Any


class AmbiguousError(ValueError):
    """An object has a key twice."""


def read(content: bytes | str) -> Any:  # noqa: ANN401  # JSON
    """Return what *content* says.

    `AmbiguousError` for objects that have a key twice, `ValueError` for what is no JSON in UTF-8; each with the rest of
    a sentence.
    """
    try:
        text = content if isinstance(content, str) else content.decode()
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except AmbiguousError:
        raise
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("is not in UTF-8") from None
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise AmbiguousError(f"has the key {twice[:100]!r} twice in one object")
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no value")
