"""Answers: entities as JSON (OData JSON Format 4.01), with what was selected and expanded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from msgspec import json

from crossway.model.odata import EntitySet
from crossway.runtime.odata.asked import Expansion, Selection
from crossway.runtime.odata.tree import Row
from crossway.sdk.http import Headers, Response

_ENCODER: Final = json.Encoder(decimal_format="number")
_LARGE: Final = frozenset({"Int64", "Decimal"})


@dataclass(frozen=True, slots=True)
class Form:
    """How a client wants its answer."""

    version: str = "4.01"
    metadata: str = "minimal"
    """How much control information: `minimal` or `none`."""
    texts: bool = False
    """Whether large numbers are texts (`IEEE754Compatible`)."""

    @property
    def content_type(self) -> str:
        """The content type of an answer in JSON."""
        more = ";IEEE754Compatible=true" if self.texts else ""
        return f"application/json;odata.metadata={self.metadata}{more}"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the entities of a service, whose root is at an absolute URL."""

    sets: Mapping[str, EntitySet]
    root: str
    form: Form

    def entity(self, name: str, row: Row, selection: Selection) -> dict[str, object]:
        """Return an entity as it stands in an answer."""
        spec, values = self.sets[name], row.values
        names = spec.properties if selection.names is None else selection.names
        shown: dict[str, object] = {each: values[each] for each in names}
        if self.form.texts:
            for each in names:
                if spec.properties[each].type in _LARGE and shown[each] is not None:
                    shown[each] = str(shown[each])
        for expansion in selection.expands:
            self._expanded(row, expansion, shown)
        return shown

    def _expanded(self, row: Row, expansion: Expansion, shown: dict[str, object]) -> None:
        there, name = row.links.get(expansion.navigation), expansion.navigation
        if not isinstance(there, list):
            if expansion.only:
                shown[name] = None if there is None else self.reference(expansion.set, there)
            else:
                shown[name] = None if there is None else self.entity(expansion.set, there, expansion.selection)
            return
        if expansion.count or expansion.only == "$count":
            shown[f"{name}@odata.count"] = len(there)
        if expansion.only == "$count":
            return
        last = None if expansion.top is None else expansion.skip + expansion.top
        kept = there[expansion.skip : last]
        if expansion.only:
            shown[name] = [self.reference(expansion.set, each) for each in kept]
        else:
            shown[name] = [self.entity(expansion.set, each, expansion.selection) for each in kept]

    def address(self, name: str, row: Row) -> str:
        """Return the URL of an entity."""
        return f"{self.root}/{name}({self.key(name, row)})"

    def key(self, name: str, row: Row) -> str:
        """Return the key of an entity as it stands in a URL."""
        spec = self.sets[name]
        value = row.values[spec.key]
        if spec.properties[spec.key].type == "String":
            return quote("'" + str(value).replace("'", "''") + "'", safe="'")
        return quote(str(value).lower() if isinstance(value, bool) else str(value), safe=":")

    def reference(self, name: str, row: Row) -> dict[str, object]:
        """Return what stands for an entity."""
        return {"@odata.id": self.address(name, row)}

    def context(self, name: str, selection: Selection, ending: str = "") -> dict[str, object]:
        """Return the context of an answer with entities of a set; nothing if the client wants none."""
        if self.form.metadata == "none":
            return {}
        return {"@odata.context": f"{self.root}/$metadata#{name}{_described(selection)}{ending}"}


def _described(selection: Selection) -> str:
    """Return what a context URL says of a selection (OData, part 1, section 10.8)."""
    expands = [f"{each.navigation}{_described(each.selection) or '()'}" for each in selection.expands if not each.only]
    if selection.names is None and not expands:
        return ""
    return f"({','.join([*(selection.names or ()), *expands])})"


def encode(value: object) -> bytes:
    """Return *value* as JSON."""
    return _ENCODER.encode(value)


def answer(form: Form, value: object, status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON."""
    return plain(form, encode(value), form.content_type, status, more)


def plain(
    form: Form, body: bytes, content_type: str = "", status: int = 200, more: Mapping[str, str] | None = None
) -> Response:
    """Return an answer."""
    fields = [("odata-version", form.version), *(more or {}).items()]
    if content_type:
        fields.append(("content-type", content_type))
    fields.append(("content-length", str(len(body))))
    response = Response(status, Headers.of(fields))
    response.arriving(body)
    return response


def etag(row: Row) -> str:
    """Return the tag of an entity as it is."""
    return f'W/"{hashlib.blake2b(encode(row.values), digest_size=9).hexdigest()}"'
