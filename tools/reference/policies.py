"""A page for each policy: what it does, where it holds, what it takes, and its cases as examples."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from crossway.compile.contract import Policy, Target
from crossway.daemon.registry import load_policies
from crossway.dialects.native.values import parse_yaml
from crossway.model import Spec
from tools.reference.fields import describe

_SHAPES: Mapping[Target, str] = {
    Target.ROUTE: "requests",
    Target.LISTENER: "clients and their connections",
    Target.SERVICE: "connections to backends",
}


_INTRODUCTION = """# Policies

A policy is attached under `policies` of a resource. Where it is attached more than once, the closest one holds: that of
the route before that of its service, its listener, its gateway and its namespace; and before all of them that of one
backend of the route, where a policy can be attached to one. Some add up instead; their pages say so."""


class _Dumper(yaml.SafeDumper):
    """Writes what the native dialect reads: ``on`` needs no quotes there."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - what the base class has as well
        first: [(tag, kind) for tag, kind in kinds if first in "tTfF" or not tag.endswith(":bool")]
        for first, kinds in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }


def index() -> str:
    """Return the list of the policies, by what they are about."""
    policies = load_policies()
    parts = [_INTRODUCTION]
    for shape, about in _SHAPES.items():
        names = [name for name, policy in policies.items() if policy.applies is shape]
        rows = [f"- [`{name}`]({name}.md): {_first_sentence(policies[name])}" for name in names]
        parts.append("\n".join([f"## About {about}\n", *rows]))
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Return the page of each policy, by name."""
    return {name: _page(name, policy) for name, policy in load_policies().items()}


def _page(name: str, policy: Policy[Spec]) -> str:
    targets = ", ".join(target for target in Target if target in policy.targets)
    without = "[its defaults](../defaults.md) hold" if policy.default is not None else "nothing happens"
    facts = [
        f"- about {_SHAPES[policy.applies]}",
        f"- attached to: {targets}",
        f"- attached twice: {'both hold, added up' if policy.merge.name == 'UNION' else 'the closer one holds'}",
        f"- attached nowhere: {without}",
    ]
    about = inspect.cleandoc(policy.spec.__doc__ or "").replace("``", "`")
    parts = [f"# `{name}`", about, "\n".join(facts), "## Fields", describe(policy.spec), *_examples(policy)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _first_sentence(policy: Policy[Spec]) -> str:
    text = " ".join(inspect.cleandoc(policy.spec.__doc__ or "").replace("``", "`").split())
    return text.partition(". ")[0].rstrip(".") + "."


def _examples(policy: Policy[Spec]) -> Iterator[str]:
    """Yield the cases that are accepted and say what they are for."""
    source = sys.modules[policy.spec.__module__].__file__
    assert source is not None
    cases = sorted((Path(source).parent / "cases").glob("*.yaml"))
    texts = [_example(policy, case.read_text()) for case in cases]
    if any(texts):
        yield "## Examples"
    yield from (text for text in texts if text)


def _example(policy: Policy[Spec], case: str) -> str:
    comment = [line.removeprefix("#").strip() for line in case.split("given:")[0].splitlines() if line.startswith("#")]
    (settings,) = parse_yaml(case)
    if "findings" in settings or not settings["given"].get("policy"):
        return ""
    resource = _resource(policy, settings["given"])
    text = yaml.dump(resource, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=100)
    return f"{' '.join(comment)}\n\n```yaml\n{text}```"


def _resource(policy: Policy[Spec], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource that carries the policy of a case."""
    attached = {"policies": given["policy"]}
    if policy.applies is Target.ROUTE and not given.keys() & {"service", "listener"}:
        route = dict(given.get("route") or {"match": {"path": "/*"}, "to": "echo"})
        if "match" in route:
            route = {"matches": [route.pop("match")], **route}
        return {"routes": {"example": {**route, **attached}}}
    if policy.applies is Target.LISTENER or "listener" in given:
        return {
            "gateways": {"edge": {"listeners": {"http": {**(given.get("listener") or {"port": 8080}), **attached}}}}
        }
    service = given.get("service") or {"endpoints": ["127.0.0.1:9001"]}
    return {"services": {"example": {**service, **attached}}}
