"""From entries to resources, with everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pydantic import ValidationError

from crossway.compile.contract import Policies
from crossway.dialects.native.splice import Cuts, splice
from crossway.dialects.native.text import Entry, cut, parse, whole
from crossway.dialects.native.values import TextError
from crossway.model import (
    DEFAULT_NAMESPACE,
    KINDS,
    NAME_PATTERN,
    READ_POLICY,
    Broken,
    Document,
    FieldPath,
    Finding,
    Findings,
    Gateway,
    Part,
    Ref,
    Resources,
    Severity,
    Spec,
    did_you_mean,
    problems,
)

_NAME: Final = re.compile(NAME_PATTERN)


@dataclass(frozen=True)
class Loaded:
    """What was read: the resources, and what is wrong with the text."""

    resources: Resources
    findings: Findings
    documents: tuple[Document, ...]

    @property
    def refused(self) -> bool:
        """Whether something is wrong that a closed route does not contain, so that nothing of it may go live."""
        return any(finding.severity is Severity.ERROR and not _is_contained(finding) for finding in self.findings)

    def locate(self, findings: Iterable[Finding]) -> Findings:
        """Return *findings* with the places in the text that they speak of."""
        return tuple(
            finding.at(self._entries[finding.about].origin(finding))
            if finding.origin is None and finding.about is not None and finding.about in self._entries
            else finding
            for finding in findings
        )

    @cached_property
    def _entries(self) -> Mapping[Ref, Entry]:
        """Where each resource stands: looked up only when there is something to say."""
        entries: dict[Ref, Entry] = {}
        for document in self.documents:
            for namespace, entry in _in_namespaces(cut(document) or whole(document)[0], []):
                entries.setdefault(Ref(entry.kind, entry.name, namespace), entry)
        return entries


def _is_contained(finding: Finding) -> bool:
    """Return whether it is a broken policy of a route, which closes that route. Anything else has no bounds."""
    return finding.about is not None and finding.about.kind == "routes" and finding.path[:1] == ("policies",)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one entry says."""

    part: Part | None
    findings: Findings


_Key = tuple[str, str, str, str]


class Native:
    """A reader of native documents. It remembers its last reading: an entry whose text stayed is the same object."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._readings: dict[_Key, _Reading] = {}
        self._last = self._before = Loaded({}, (), ())
        self._changes: Mapping[Ref, Part | None] | None = None
        self._cuts: dict[str, Cuts] = {}

    def read(self, documents: Iterable[Document]) -> Loaded:
        """Return the resources in *documents*, and everything that is wrong with them."""
        documents = tuple(documents)
        before, self._changes = self._last, None
        self._last = self._read_edit(documents) or self._read_all(documents)
        self._before = before
        return self._last

    def difference(self, before: Loaded, after: Loaded) -> Mapping[Ref, Part | None] | None:
        """Return what *after* changed, `None` for what is gone; if it is the newest reading and *before* the last one.

        Known after an edit in one place only: then nothing else has to be compared.
        """
        return self._changes if after is self._last and before is self._before else None

    def _read_edit(self, documents: tuple[Document, ...]) -> Loaded | None:
        """Return the same as `_read_all` where one document was edited in one place; `None` where more happened."""
        before = self._last
        if before.findings or [item.name for item in documents] != [item.name for item in before.documents]:
            return None
        changed = [new for old, new in zip(before.documents, documents, strict=True) if old is not new]
        if len(changed) != 1 or changed[0].name not in self._cuts:
            return None
        old = self._cuts[changed[0].name]
        edit = splice(old, changed[0])
        if edit is None:
            return None
        resources = dict(before.resources)
        changes: dict[Ref, Part | None] = {}
        stale: list[_Key] = []
        readings: dict[_Key, _Reading] = {}
        for index in range(edit.start, edit.end):
            kind, name = old.entries[index]
            stale.append((DEFAULT_NAMESPACE, kind, name, old.text(index)))
            changes[Ref(kind, name)] = None
            resources.pop(Ref(kind, name), None)
        for entry in edit.entries:
            ref = Ref(entry.kind, entry.name)
            try:
                key = (DEFAULT_NAMESPACE, entry.kind, entry.name, entry.text)
                reading = self._readings.get(key) or self._read(ref, entry._replace(value=parse(entry)))
            except TextError:
                return None
            if reading.part is None or reading.findings or ref in resources:
                return None  # something is wrong: say everything that is, with its place
            readings[key] = reading
            resources[ref] = changes[ref] = reading.part
        for key in stale:
            self._readings.pop(key, None)
        self._readings |= readings
        self._cuts[changed[0].name] = edit.cuts
        self._changes = changes
        return Loaded(resources, (), documents)

    def _read_all(self, documents: tuple[Document, ...]) -> Loaded:
        resources: dict[Ref, Part] = {}
        entries: dict[Ref, Entry] = {}
        findings: list[Finding] = []
        readings: dict[_Key, _Reading] = {}
        self._cuts = {}
        for document in documents:
            for namespace, entry in self._entries(document, findings):
                ref = Ref(entry.kind, entry.name, namespace)
                key = (namespace, entry.kind, entry.name, entry.content)
                reading = readings[key] = self._readings.get(key) or self._read(ref, entry)
                if ref in entries:
                    message = f"{ref} is defined twice; the other one is at {entries[ref].origin(Finding('', ''))}"
                    finding = Finding("name.duplicate", message, about=ref)
                    findings.append(finding.at(entry.origin(finding)))
                    continue
                entries[ref] = entry
                if reading.part is not None:
                    resources[ref] = reading.part
                findings.extend(finding.at(entry.origin(finding)) for finding in reading.findings)
        self._readings = readings
        return Loaded(resources, tuple(findings), documents)

    def _entries(self, document: Document, findings: list[Finding]) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of *document* with their namespaces."""
        found = cut(document)
        if found is not None and (parsed := self._parsed(found)) is not None:
            starts, names = tuple(entry.start for entry in found), tuple((entry.kind, entry.name) for entry in found)
            self._cuts[document.name] = Cuts(document, starts, names)
            found = parsed
        else:
            found, shape = whole(document)
            findings.extend(shape)
        yield from _in_namespaces(found, findings)

    def _parsed(self, found: list[Entry]) -> list[Entry] | None:
        """Parse the entries that were not seen before; `None` if one shows that the cut was wrong."""
        try:
            return [
                entry
                if (DEFAULT_NAMESPACE, entry.kind, entry.name, entry.text) in self._readings
                else entry._replace(value=parse(entry))
                for entry in found
            ]
        except TextError:
            return None

    def _read(self, ref: Ref, entry: Entry) -> _Reading:
        if not _NAME.fullmatch(entry.name):
            message = f"{entry.name!r} is no name"
            expected = "letters, digits, '.', '_' and '-', the first and the last a letter or digit"
            return _Reading(None, (Finding("name.invalid", message, about=ref, expected=expected),))
        kind = KINDS[entry.kind]
        try:
            part = kind.model_validate({} if entry.value is None else entry.value, context={READ_POLICY: self._policy})
        except ValidationError as error:
            return _Reading(None, (*problems(error, kind, about=ref), *self._policy_findings(ref, entry.value)))
        broken = tuple(
            replace(finding, about=ref, path=(*path, *finding.path))
            for path, policy in _broken_policies(part)
            for finding in policy.findings
        )
        return _Reading(part, broken)

    def _policy_findings(self, ref: Ref, value: object) -> Iterator[Finding]:
        """Yield what is wrong with the policies of a resource that is wrong elsewhere too."""
        policies = value.get("policies") if isinstance(value, Mapping) else None
        for name, settings in policies.items() if isinstance(policies, Mapping) else ():
            policy = self._policy(str(name), settings)
            for finding in policy.findings if isinstance(policy, Broken) else ():
                yield replace(finding, about=ref, path=("policies", str(name), *finding.path))

    def _policy(self, name: str, value: object) -> Spec | Broken:
        policy = self._policies.get(name)
        if policy is None:
            hint = did_you_mean(name, self._policies)
            return Broken((Finding("policy.unknown", f"unknown policy {name!r}", hint=hint),))
        try:
            return policy.spec.model_validate({} if value is None else value)
        except ValidationError as error:
            return Broken(problems(error, policy.spec))


def _in_namespaces(found: Iterable[Entry], findings: list[Finding]) -> Iterator[tuple[str, Entry]]:
    """Yield the entries with their namespaces; after a namespace, what is in it."""
    for entry in found:
        yield from _opened(entry, findings)


def _opened(entry: Entry, findings: list[Finding]) -> Iterator[tuple[str, Entry]]:
    if entry.kind != "namespaces" or not isinstance(entry.value, Mapping):
        yield DEFAULT_NAMESPACE, entry
        return
    own = {key: value for key, value in entry.value.items() if key not in KINDS or key == "namespaces"}
    yield DEFAULT_NAMESPACE, entry._replace(value=own)
    for kind, section in entry.value.items():
        if kind in own:
            continue
        here = entry._replace(kind=kind, within=(*entry.within, kind))
        if isinstance(section, Mapping):
            for name, value in section.items():
                yield entry.name, here._replace(name=str(name), within=(*here.within, str(name)), value=value)
        elif section is not None:
            finding = Finding("document.shape", f"{kind} is a mapping of names to settings")
            findings.append(finding.at(here.origin(finding)))


def _broken_policies(part: Part) -> Iterator[tuple[FieldPath, Broken]]:
    """Yield the policies attached to *part*, or to a listener of it, that cannot be read."""
    for name, spec in getattr(part, "policies", {}).items():
        if isinstance(spec, Broken):
            yield ("policies", name), spec
    if isinstance(part, Gateway):
        for listener, settings in part.listeners.items():
            for path, spec in _broken_policies(settings):
                yield ("listeners", listener, *path), spec
