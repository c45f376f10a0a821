"""Fragments: the policies that hold at a site, each compiled, ready to be placed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crossway.compile.contract import Fragment, Policies, Policy, Site
from crossway.memo import Read, Table
from crossway.model import Broken, Finding, Findings, Spec
from crossway.plan.attachment import Effective, Target

POLICIES: Table[str, Policy[Spec]] = Table("policies")
"""The policies this control plane knows, by name."""


def policies(read: Read) -> Policies:
    """Return the policies this control plane knows, by name."""
    return {name: policy for name in read.keys(POLICIES) if (policy := read.input(POLICIES, name)) is not None}


def compile_policies(
    read: Read, applies: Target, effective: Iterable[Effective], site: Site
) -> tuple[dict[str, Fragment], Findings]:
    """Return the fragment of each policy about *applies* that holds at *site*, by name, and why others do not."""
    fragments: dict[str, Fragment] = {}
    findings: list[Finding] = []
    known = read(policies)
    held = set()
    for item in effective:
        held.add(item.name)
        if isinstance(item.spec, Broken):
            finding = item.spec.findings[0]
            findings.append(replace(finding, about=item.about, path=(*item.path, *finding.path)))
            continue
        result = known[item.name].compile(item.spec, replace(site, namespace=item.about.namespace))
        if isinstance(result, Finding):
            findings.append(replace(result, about=result.about or item.about, path=(*item.path, *result.path)))
        else:
            fragments[item.name] = result
    for name, policy in known.items():
        if policy.applies is applies and policy.default is not None and name not in held:
            result = policy.compile(policy.default, site)
            if isinstance(result, Fragment):
                fragments[name] = result
    return fragments, tuple(findings)


def conflict(name: str, field: str, site: Site) -> Finding:
    """Return the finding for a policy that writes what another one has written."""
    message = f"{name} and another policy both decide {field}"
    return Finding("policy.conflict", message, about=site.about, path=("policies", name))
