"""Authorization: which requests may pass, once it is known who sent them.

Rules about the consumer, the claims of its token, the request and the time are compiled to one decision of the proxy
for each route, made for every request: a rule that is edited holds for the next request of a connection that is open.

Law: what cannot be decided lets nobody in. An expression that fails is no reason to allow, and one to deny.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec
from crossway.policies.authorize.predicates import holds
from crossway.policies.authorize.rules import Rule
from crossway.protos import pack
from crossway.protos.envoy.config.rbac import v3 as rbac_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as rbac_filter_v3
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as matcher_v3

COUNTERS: Final = "authorize"
"""What the counters of decisions have in front: `rbac.authorize.denied`, `rbac.authorize.shadow_denied` on trial."""
NOTES: Final = "authorize_"
"""What the keys of a decision begin with, among the metadata `envoy.filters.http.rbac` of a request. On trial these are
`authorize_shadow_engine_result`, `allowed` or `denied`, and `authorize_shadow_effective_policy_id`, by which rule;
otherwise `authorize_enforced_engine_result` and `authorize_enforced_effective_policy_id`."""


class Authorize(Spec):
    """Allow and deny requests by who sent them and what they ask for; the others are answered 403.

    A request is denied if a rule under `deny` holds for it. Otherwise, where there are rules under `allow`, one of
    these must hold; without any, it passes. A stranger meets no condition on a consumer or a token, and gets 403; a
    missing or wrong credential is answered 401 before, by the policies of authentication. Rules hold from the next
    request on, also on connections that are open; a WebSocket or a stream that has begun is not ended.
    """

    allow: tuple[Rule, ...] = ()
    """Let requests pass that meet any of these rules, and no others."""
    deny: tuple[Rule, ...] = ()
    """Refuse requests that meet any of these rules, whatever is allowed."""
    dry_run: bool = False
    """Refuse nothing, but count and log what would be refused: to try rules on live traffic first."""

    @model_validator(mode="after")
    def _any(self) -> Authorize:
        if not self.allow and not self.deny:
            raise ValueError("write at least one rule under allow or deny")
        return self


def compile_authorize(spec: Authorize, _site: Site) -> Fragment:
    """Return the decision as a list in which the first match counts: what is denied stands first."""
    refused, passed = rbac_v3.RBAC.DENY, rbac_v3.RBAC.ALLOW
    otherwise = _decision("none", refused if spec.allow else passed)
    decisions = matcher_v3.Matcher(
        matcher_list=matcher_v3.Matcher.MatcherList(matchers=_in_order(spec)),
        on_no_match=matcher_v3.Matcher.OnMatch(action=otherwise),
    )
    if spec.dry_run:
        rbac = rbac_filter_v3.RBAC(shadow_matcher=decisions, shadow_rules_stat_prefix=NOTES)
    else:
        rbac = rbac_filter_v3.RBAC(matcher=decisions, rules_stat_prefix=NOTES)
    return Fragment(per_route={"authorize": rbac_filter_v3.RBACPerRoute(rbac=rbac)})


def _in_order(spec: Authorize) -> Iterator[matcher_v3.Matcher.MatcherList.FieldMatcher]:
    for word, rules, action in (("deny", spec.deny, rbac_v3.RBAC.DENY), ("allow", spec.allow, rbac_v3.RBAC.ALLOW)):
        for number, rule in enumerate(rules):
            yield matcher_v3.Matcher.MatcherList.FieldMatcher(
                predicate=holds(rule, undecided=word == "deny"),
                on_match=matcher_v3.Matcher.OnMatch(action=_decision(f"{word}.{number}", action)),
            )


def _decision(name: str, action: int) -> xds_core_v3.TypedExtensionConfig:
    """Return an action with the name that the access log has for it."""
    decided = rbac_v3.Action(name=name)
    decided.action = action
    return xds_core_v3.TypedExtensionConfig(name="decision", typed_config=pack(decided))


POLICY: Final = Policy(
    spec=Authorize,
    stage=Stage.AUTHZ,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_authorize,
    filters={"authorize": rbac_filter_v3.RBAC(rules_stat_prefix=COUNTERS, shadow_rules_stat_prefix=COUNTERS)},
)
