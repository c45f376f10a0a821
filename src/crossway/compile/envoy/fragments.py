"""Fragments: the policies that hold at a site, each compiled, ready to be placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from google.protobuf.message import Message

from crossway.compile.contract import Fragment, Policies, Policy, Site
from crossway.compile.envoy.merge import overwrite
from crossway.compile.program import Described
from crossway.memo import Read, Table
from crossway.model import Broken, Defined, Finding, Findings, Ref, Spec
from crossway.plan.attachment import Effective, Target
from crossway.plan.tables import token_keys

POLICIES: Table[str, Policy[Spec]] = Table("policies")
"""The policies this control plane knows, by name."""

PLUGINS: Table[Ref, Described] = Table("plugins")
"""What is known of the plugins, once their code was loaded."""

DEFINITIONS: Table[Ref, Defined] = Table("definitions")
"""What definitions say, once they were read."""


class Need(NamedTuple):
    """What a route needs of a filter that is delivered by itself."""

    filter: str
    """The name of the filter, with the namespace where it is one `OfConsumers`."""
    content: bytes = b""
    """The serialised part that the filter has to hold, where it is `Shared`."""


def policies(read: Read) -> Policies:
    """Return the policies this control plane knows, by name."""
    return {name: policy for name in read.keys(POLICIES) if (policy := read.input(POLICIES, name)) is not None}


def described(read: Read) -> Mapping[Ref, Described]:
    """Return what is known of the plugins."""
    return {ref: found for ref in read.keys(PLUGINS) if (found := read.input(PLUGINS, ref)) is not None}


def defined(read: Read) -> Mapping[Ref, Defined]:
    """Return what definitions say."""
    return {ref: found for ref in read.keys(DEFINITIONS) if (found := read.input(DEFINITIONS, ref)) is not None}


def compile_policies(
    read: Read, applies: Target, effective: Iterable[Effective], site: Site
) -> tuple[dict[str, Fragment], Findings]:
    """Return the fragment of each policy about *applies* that holds at *site*, by name, and why others do not."""
    fragments: dict[str, Fragment] = {}
    findings: list[Finding] = []
    known = read(policies)
    held = set()
    effective = tuple(effective)
    site = replace(site, beside={item.name: item.spec for item in effective if isinstance(item.spec, Spec)})
    for item in effective:
        held.add(item.name)
        if isinstance(item.spec, Broken):
            finding = item.spec.findings[0]
            findings.append(replace(finding, about=item.about, path=(*item.path, *finding.path)))
            continue
        policy = known[item.name]
        keys = read(token_keys) if policy.verifies else ""
        plugins = read(described) if policy.runs else {}
        definitions = read(defined) if policy.defined else {}
        here = replace(
            site,
            namespace=item.about.namespace,
            attached=item.about,
            token_keys=keys,
            plugins=plugins,
            definitions=definitions,
        )
        result = policy.compile(item.spec, here)
        if isinstance(result, Finding):
            findings.append(replace(result, about=result.about or item.about, path=(*item.path, *result.path)))
        else:
            secrets = tuple(replace(secret, path=(*item.path, *secret.path)) for secret in result.secrets)
            fragments[item.name] = replace(result, secrets=secrets) if secrets else result
    for name, policy in known.items():
        if policy.applies is applies and policy.default is not None and name not in held:
            result = policy.compile(policy.default, site)
            if isinstance(result, Fragment):
                fragments[name] = result
    return fragments, tuple(findings)


def overwrite_slot(slot: str, message: Message, fragments: Mapping[str, Fragment]) -> None:
    """Write what *fragments* say of their own about the *slot* over the finished *message*."""
    for fragment in fragments.values():
        overwrite(message, fragment.overwrite.get(slot, {}))


def conflict(name: str, field: str, site: Site) -> Finding:
    """Return the finding for a policy that writes what another one has written."""
    message = f"{name} and another policy both decide {field}"
    return Finding("policy.conflict", message, about=site.about, path=("policies", name))
