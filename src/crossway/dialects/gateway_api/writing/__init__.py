"""From a native configuration to Gateway API: portable where that says it exactly, in own kinds where it does not.

Law: what is written is read back before it is handed out, and what does not come back as it was is said in another
way. So nothing is lost, and whoever reads Gateway API decides what it can say, not whoever writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from crossway.dialects.gateway_api.writing.gateways import certificate, gateway
from crossway.dialects.gateway_api.writing.objects import Draft, Root, Way, names
from crossway.dialects.gateway_api.writing.routes import doors_of, gateways_of, over_udp, route
from crossway.dialects.gateway_api.writing.services import service
from crossway.dialects.native import Loaded
from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.writer import write_native
from crossway.model import KINDS, Match, Part, Ref, Route, Spec, errors

Write = Callable[[Draft, Ref], list[Root] | None]

_WRITERS: Final[Mapping[str, Write]] = {
    "certificates": certificate,
    "services": service,
    "gateways": gateway,
    "routes": route,
}
"""What writes each kind in the words of Gateway API; those first that others name."""
_ORDER: Final = (*(kind for kind in KINDS if kind not in _WRITERS), *_WRITERS)
_KINDS: Final = tuple(KINDS)


def write(settings: Mapping[Ref, object], read: Callable[[str], Loaded]) -> list[Root]:
    """Return the objects that say *settings*. *read* says what a text means, in all languages."""
    parts = {ref: part for ref, part in read(write_native(settings)).resources.items() if ref in settings}
    ways = {ref: Way.PORTABLE if ref.kind in _WRITERS and ref in parts else Way.OWN for ref in settings}
    called = names(settings)
    while True:
        draft = Draft(settings, parts, ways, called)
        draft.over_udp = frozenset(over_udp(draft))
        written = list(_written(draft, ways))
        worse = _unsaid(draft, written, read)
        if not worse:
            return [*(root for _, root in written), *draft.grants()]
        for ref in worse:
            ways[ref] = Way.EXTENDED if ref.kind == "routes" and ways[ref] is Way.PORTABLE else Way.OWN


def _written(draft: Draft, ways: dict[Ref, Way]) -> Iterator[tuple[Ref, Root]]:
    """Yield the objects for each resource. What finds no words goes to its own kind at once, before others name it."""
    drafted: dict[Ref, list[Root]] = {}
    for ref in sorted(draft.settings, key=lambda ref: _ORDER.index(ref.kind)):
        roots = None if draft.is_own(ref) else _WRITERS[ref.kind](draft, ref)
        if roots is None:
            ways[ref] = Way.OWN
        drafted[ref] = roots or [draft.own(ref)]
    for ref in sorted(drafted, key=lambda ref: (_KINDS.index(ref.kind), ref.namespace)):
        yield from ((ref, root) for root in drafted[ref])


def _unsaid(draft: Draft, written: Sequence[tuple[Ref, Root]], read: Callable[[str], Loaded]) -> list[Ref]:
    """Return the resources that do not come back as they were: the routes, if all that they name does."""
    text, owners = "", []
    for ref, root in [*written, *((None, grant) for grant in draft.grants())]:
        piece = ("---\n" if text else "") + render_yaml(root)
        owners += [ref] * piece.count("\n")
        text += piece
    loaded = read(text)
    after = Draft(draft.settings, loaded.resources, draft.ways, draft.names)
    places = [finding.origin for finding in errors(loaded.locate(loaded.findings))]
    extra = (document for document in loaded.documents if document.about and document.about not in draft.settings)
    places += [document.places[()] for document in extra]
    guilty = [owners[place.line - 1] for place in places if place is not None and place.line]
    changed = (ref for ref, part in draft.parts.items() if not _is_same(draft, after, ref, part))
    found = [ref for ref in dict.fromkeys((*guilty, *changed)) if ref is not None and not draft.is_own(ref)]
    return [ref for ref in found if ref.kind != "routes"] or found


def _is_same(before: Draft, after: Draft, ref: Ref, part: Part) -> bool:
    other = after.part(ref)
    if isinstance(part, Route) and isinstance(other, Route):
        return _standing(before, ref, part) == _standing(after, ref, other) and _means(part) == _means(other)
    return other is not None and _means(part) == _means(other)


def _standing(draft: Draft, ref: Ref, part: Route) -> object:
    return sorted(gateways_of(draft, ref, part)), sorted(doors_of(draft, ref, part)), part.services


def _means(value: object, name: str = "") -> object:
    """Return what *value*, of a field called *name*, means: with its defaults, and no matter where it stands."""
    match value:
        case Spec():
            return value
        case Match():
            return value.effective_path, _fields(value, "path")
        case Part():
            return _fields(value, *(_STANDING if isinstance(value, Route) else ()))
        case Mapping():
            return {key: _means(item) for key, item in value.items()}, [] if name == "policies" else list(value)
        case tuple():
            return [_means(item) for item in value]
    return value


def _fields(part: Part, *without: str) -> dict[str, object]:
    return {name: _means(getattr(part, name), name) for name in type(part).model_fields if name not in without}


_STANDING: Final = ("gateways", "listeners", "services")

__all__ = ["write"]
