"""Fidelity: what became of each foreign object, field by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from crossway.dialects.contract import OBJECTS, Ignored, Key, Mapped
from crossway.dialects.fate import fates
from crossway.dialects.translator import translated
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Origin, Ref, errors


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one object."""

    key: Key
    origin: Origin
    made: tuple[Ref, ...]
    """The resources that were made of it, or that it adds to."""
    closed: tuple[Ref, ...]
    """Those of them that let nothing through, because of what is wrong."""
    mapped: tuple[FieldPath, ...]
    ignored: tuple[tuple[FieldPath, str], ...]
    """With the reasons, which are harmless."""
    refused: tuple[tuple[FieldPath, str], ...]
    """With the reasons; also fields that no schema knows, and what could not be translated."""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "kind": self.key.kind,
            "namespace": self.key.namespace,
            "name": self.key.name,
            "file": self.origin.document,
            "line": self.origin.line,
            "made": [str(ref) for ref in self.made],
            "closed": [str(ref) for ref in self.closed],
            "mapped": [_text(path) for path in self.mapped],
            "ignored": [{"path": _text(path), "reason": why} for path, why in self.ignored],
            "refused": [{"path": _text(path), "reason": why} for path, why in self.refused],
        }

    def __str__(self) -> str:
        fates_of = Counter(mapped=len(self.mapped), ignored=len(self.ignored), refused=len(self.refused))
        counted = ", ".join(f"{number} {fate}" for fate, number in fates_of.items() if number or fate == "mapped")
        head = f"{self.origin}: {self.key}: {counted}"
        lines = [f"  refused {_text(path) or 'the object'}: {why}" for path, why in self.refused]
        lines += [f"  ignored {_text(path)}: {why}" for path, why in self.ignored]
        return "\n".join((head, *lines, *(f"  closed {ref}" for ref in self.closed)))


def fidelity(read: Read) -> tuple[Told, ...]:
    """Return what became of each foreign object, in the order of their names."""
    return tuple(read(object_fidelity, key) for key in read.keys(OBJECTS))


def object_fidelity(read: Read, key: Key) -> Told:
    """Return what became of one foreign object."""
    found = read.input(OBJECTS, key)
    assert found is not None, key
    translation = read(translated, key)
    present = tuple(fates(found.value))
    wrong = dict.fromkeys((*errors(found.wrong), *errors(translation.findings)))
    return Told(
        key,
        found.source.origin(),
        tuple(dict.fromkeys(made.ref for made in translation.made)),
        tuple(dict.fromkeys(made.ref for made in translation.made if made.closed is not None)),
        tuple(item.path for item in present if isinstance(item.fate, Mapped)),
        tuple((item.path, item.fate.why) for item in present if isinstance(item.fate, Ignored)),
        tuple((finding.path, finding.message) for finding in wrong),
    )


def _text(path: FieldPath) -> str:
    return Finding("", "", path=path).field
