"""Paths of routes: what they match, and what the backend sees in their place.

What a route matched is taken off (`strip_path`), and the path of its service is put before the rest.

https://developer.konghq.com/gateway/entities/route/#path-handling-algorithms
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from crossway.dialects.kong.router import REGEX, beginning, grouped, trouble_of, whole

_ROOT: Final = r"^(/.+)?/?$"
"""A path, without the slash of the one that is nothing else."""

_LITERAL: Final = re.compile(r"~/(?:[^\\^$.|?*+()\[\]{}]|\\[^A-Za-z0-9])*\$")
"""A regular expression that only one path matches."""


class Changed(NamedTuple):
    """How a path of a route is matched, and what it becomes."""

    matches: tuple[str, ...]
    """As the model writes paths."""
    rewrite: dict[str, object]
    """Nothing where the path stays as it is."""


class Path(NamedTuple):
    """One path of a route."""

    text: str
    """Without the mark of a regular expression."""
    kind: str
    """`text` for all that begins so, `segment` for the path and all below it, `exact`, `regex`."""
    number: int
    """Which path of the route it is."""

    @property
    def is_regex(self) -> bool:
        """Whether Kong takes it for a regular expression, which are tried first."""
        return self.kind in {"regex", "exact"}

    @property
    def wrong(self) -> str:
        """Why it cannot be matched; empty if it can."""
        return trouble_of(f"{REGEX}{self.text}" if self.kind == "regex" else self.text)

    @property
    def beginning(self) -> str:
        """What every path begins with that it matches, as far as that can be told."""
        return beginning(self.text) if self.kind == "regex" else "/"


def paths_of(texts: Sequence[str]) -> Iterator[Path]:
    """Yield what the paths of a route are. ``~/a$`` and ``/a/`` together are ``/a`` and all below it, by segment."""
    exact = {_plain(text): text for text in texts if _LITERAL.fullmatch(text)}
    for index, text in enumerate(texts or ("",)):
        whole_segment = text.removesuffix("/")
        if text.startswith(REGEX):
            if exact.get(_plain(text)) != text:
                yield Path(text[1:], "regex", index)
            elif f"{_plain(text)}/" not in texts:
                yield Path(_plain(text), "exact", index)
        elif text.endswith("/") and whole_segment and whole_segment in exact:
            yield Path(whole_segment, "segment", index)
        else:
            yield Path(text or "/", "text", index)


def _plain(text: str) -> str:
    """Return the path that a `_LITERAL` matches."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def change(path: Path, base: str, *, strip: bool, handling: str) -> Changed:
    """Return what becomes of requests for *path*, of a route whose service has the path *base*."""
    root = base.rstrip("/")
    if path.kind == "regex":
        return _regex(path.text, root, base, strip=strip, handling=handling)
    plain = {"exact": path.text, "segment": f"{path.text}/*"}.get(path.kind, f"^{path.text}")
    if path.text == "/" and path.kind == "text":
        plain = "/*"
    everything = plain == "/*"
    if strip and handling == "v1":
        return Changed(
            (plain if plain != "/*" else "^/",), {"path_prefix": base} if base != "/" or not everything else {}
        )
    if not strip or everything:
        return Changed((plain,), _before(root, base, everything=everything, handling=handling))
    if path.kind == "text" and root and not path.text.endswith("/"):
        return Changed((path.text, plain), {"path_prefix": f"{root}/"})
    return Changed((plain,), {"path_prefix": f"{root}/" if path.kind == "text" or not root else root})


def _before(root: str, base: str, *, everything: bool, handling: str) -> dict[str, object]:
    """Return how *base* is put before a whole path. The path ``/`` becomes *base* itself, if a route matches it."""
    if base == "/":
        return {}
    if handling == "v1":
        return {"regex": {"pattern": "^/", "replacement": _escaped(base)}}
    if base.endswith("/") or not everything:
        return {"regex": {"pattern": "^/", "replacement": f"{_escaped(root)}/"}}
    return {"regex": {"pattern": _ROOT, "replacement": rf"{_escaped(root)}\1"}}


def _regex(pattern: str, root: str, base: str, *, strip: bool, handling: str) -> Changed:
    match = f"{REGEX}{whole(pattern)}"
    if not strip:
        return Changed((match,), _before(root, base, everything=False, handling=handling))
    pattern = "^" + grouped(pattern.removeprefix("^").replace("(?<", "(?P<"))
    if not root:
        return Changed((match,), {"regex": {"pattern": f"{pattern}/?", "replacement": "/"}})
    return Changed((match,), {"regex": {"pattern": pattern, "replacement": _escaped(root)}})


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")
