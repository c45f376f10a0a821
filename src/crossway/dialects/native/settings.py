"""From the settings of one entry to its part of the model, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from crossway.compile.contract import Policies
from crossway.dialects.native.text import Entry, check_name
from crossway.model import (
    KINDS,
    READ_POLICY,
    Broken,
    FieldPath,
    Finding,
    Findings,
    Part,
    Ref,
    Spec,
    attached_policies,
    did_you_mean,
    problems,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one entry says."""

    part: Part | None
    findings: Findings = ()


class Settings:
    """A reader of settings, in which *policies* may be used."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def read(self, entry: Entry) -> Reading:
        """Return the part that *entry* describes; its findings have no place yet."""
        ref = entry.ref
        if (wrong := check_name(entry.name, ref)) is not None:
            return Reading(None, (wrong,))
        kind = KINDS[entry.kind]
        try:
            part = kind.model_validate({} if entry.value is None else entry.value, context={READ_POLICY: self._policy})
        except ValidationError as error:
            return Reading(None, (*problems(error, kind, about=ref), *self._policy_findings(ref, entry.value)))
        broken = tuple(
            replace(finding, about=ref, path=(*path, *finding.path))
            for path, policy in _broken_policies(part)
            for finding in policy.findings
        )
        return Reading(part, broken)

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
            return Broken(problems(error, policy.spec, written=value))


def _broken_policies(part: Part) -> Iterator[tuple[FieldPath, Broken]]:
    """Yield the policies attached to *part*, or to a piece of it, that cannot be read."""
    for path, policies in attached_policies(part):
        for name, spec in policies.items():
            if isinstance(spec, Broken):
                yield (*path, name), spec
