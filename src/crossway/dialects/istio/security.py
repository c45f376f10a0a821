"""What all policies about security that hold at one place say together, in the words of the model.

Istio adds its policies up: a request that one of them denies is refused, and where any of them allows, one has to. The
model has one policy of each kind at a place, so they are put together here.

Law: a policy that is not understood lets nobody in where it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from crossway.dialects.contract import Object
from crossway.dialects.istio.authorization_policy import AuthorizationPolicy
from crossway.dialects.istio.request_authentication import RequestAuthentication, issuer
from crossway.dialects.istio.rules import EVERYTHING, Conditions, native_rules
from crossway.dialects.source import Source
from crossway.model import FieldPath, Finding, errors

DRY_RUN: Final = "istio.io/dry-run"


def security(
    authentications: Sequence[Object[RequestAuthentication]], authorizations: Sequence[Object[AuthorizationPolicy]]
) -> list[tuple[Source, dict[str, object]]]:
    """Return the policies of the model that all of these are together, each with an object that it was made of."""
    rules = [rule for found in authentications for rule in found.value.spec.jwt_rules]
    issuers = [said for rule in rules if (said := issuer(rule)) is not None]
    made: list[tuple[Source, dict[str, object]]] = []
    if issuers:
        jwt: dict[str, object] = issuers[0] if len(issuers) == 1 else {"issuers": issuers}
        said = {"jwt": {**jwt, "require_expiration": False}, "authentication": "optional"}
        made.append((authentications[0].source, said))
    if len(issuers) < len(rules) or any(errors(found.wrong) for found in authentications):
        made.append((authentications[0].source, {"authorize": {"deny": [EVERYTHING]}}))
    elif authorize := _together(authorizations, [rule.issuer for rule in rules]):
        made.append((authorizations[0].source, {"authorize": authorize}))
    return made


def _together(found: Sequence[Object[AuthorizationPolicy]], issuers: Sequence[str]) -> dict[str, object]:
    """Return what all these policies say; nothing where they let everybody in."""
    allow: list[Conditions] = []
    deny: list[Conditions] = []
    is_closed = False
    for policy in found:
        if not is_in_force(policy):
            continue
        rules = [rule for said, _ in rules_of(policy, issuers) for rule in said]
        match policy.value.spec.action:
            case "ALLOW":
                allow += rules
                is_closed = is_closed or not rules
            case _:
                deny += rules
        if _is_lost(policy):
            deny.append(EVERYTHING)
    if EVERYTHING in deny or (is_closed and not allow):
        return {"deny": [EVERYTHING]}
    said = {"allow": allow if EVERYTHING not in allow else [], "deny": deny}
    return {name: list(_distinct(rules)) for name, rules in said.items() if rules}


def _distinct(rules: list[Conditions]) -> Iterator[Conditions]:
    for index, rule in enumerate(rules):
        if rule not in rules[:index]:
            yield rule


def is_in_force(policy: Object[AuthorizationPolicy]) -> bool:
    """Return whether a policy decides anything: one on trial and one that only notes things does not."""
    spec, annotations = policy.value.spec, policy.value.metadata.annotations
    return spec.action != "AUDIT" and str(annotations.get(DRY_RUN, "")).lower() != "true"


def _is_lost(policy: Object[AuthorizationPolicy]) -> bool:
    """Return whether mistakes took something away without which the rest may let more through.

    A rule that allows may be lost, and none that denies.
    """
    return any(
        policy.value.spec.action != "ALLOW" or finding.path[:2] != ("spec", "rules") or len(finding.path) < 3
        for finding in errors(policy.wrong)
    )


def rules_of(
    policy: Object[AuthorizationPolicy], issuers: Sequence[str]
) -> Iterator[tuple[list[Conditions], Finding | None]]:
    """Yield what each rule of a policy is in the model, and what of it cannot be said."""
    spec = policy.value.spec
    for index, rule in enumerate(spec.rules):
        path: FieldPath = ("spec", "rules", index)
        said, wrong = native_rules(rule, issuers, denies=spec.action != "ALLOW")
        consequence = "so this rule allows nobody" if spec.action == "ALLOW" else "so more is refused"
        message = f"{'; '.join(wrong)}, {consequence}"
        yield said, Finding("istio.unsayable", message, path=path) if wrong else None
