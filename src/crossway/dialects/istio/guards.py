"""Guards: policies about security, which gateways ask for, and what there is to say of each of them."""

from __future__ import annotations

from crossway.dialects.contract import Made, Object, Translation
from crossway.dialects.istio.authorization_policy import AUTHORIZATION_POLICY, AuthorizationPolicy
from crossway.dialects.istio.peer_authentication import PeerAuthentication
from crossway.dialects.istio.request_authentication import REQUEST_AUTHENTICATION, RequestAuthentication
from crossway.dialects.istio.security import DRY_RUN, is_in_force, rules_of, security
from crossway.dialects.istio.selection import Proxies, policies
from crossway.dialects.istio.workloads import kept, told
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Severity


def guards(read: Read, proxies: Proxies) -> tuple[Made, ...]:
    """Return what the policies about security add to the gateway that *proxies* are."""
    made = security(
        policies(read, RequestAuthentication, REQUEST_AUTHENTICATION, proxies),
        policies(read, AuthorizationPolicy, AUTHORIZATION_POLICY, proxies),
    )
    return tuple(Made(proxies.gateway, {"policies": said}, source, overlay=True) for source, said in made)


def translate_authorization_policy(read: Read, found: Object[AuthorizationPolicy]) -> Translation:
    """Return what a policy says of workloads; what it says of gateways is asked for by these."""
    findings = [finding for _, finding in rules_of(found, []) if finding is not None]
    spec = found.value.spec
    if spec.action == "AUDIT":
        message = "requests are noted by nobody; who asked for what stands in the access log"
        findings.append(Finding("istio.left_out", message, Severity.WARNING, path=("spec", "action")))
    elif not is_in_force(found):
        message = "it is on trial, so it refuses nothing, and nobody notes what it would refuse"
        hint = "the policy authorize has dry_run"
        path = ("metadata", "annotations", DRY_RUN)
        findings.append(Finding("istio.left_out", message, Severity.WARNING, path=path, hint=hint))
    elif spec.action == "CUSTOM":
        name = spec.provider.name if spec.provider else ""
        message = f"nothing is known of the provider {name!r}, so whatever it would be asked for is refused"
        hint = "say where it is with the policy ext_authz, and take this one away"
        findings.append(Finding("istio.provider", message, path=("spec", "provider"), hint=hint))
    return Translation(kept(read, found), (*findings, *told(found)))


def translate_request_authentication(read: Read, found: Object[RequestAuthentication]) -> Translation:
    """Return what a policy says of workloads; what it says of gateways is asked for by these."""
    findings: list[Finding] = []
    for index, rule in enumerate(found.value.spec.jwt_rules):
        path: FieldPath = ("spec", "jwtRules", index)
        if rule.keys is None:
            message = f"where the keys of {rule.issuer} are is not said, so where this holds, nobody gets in"
            hint = f"write jwksUri, which {rule.issuer.rstrip('/')}/.well-known/openid-configuration names"
            findings.append(Finding("istio.keys", message, path=path, hint=hint))
        claims = [item.claim for item in rule.output_claim_to_headers]
        for number, claim in enumerate(claims):
            if claim in claims[number + 1 :]:
                message = f"the claim {claim} goes to one header, the last one that is named for it"
                where = (*path, "outputClaimToHeaders", number)
                findings.append(Finding("istio.left_out", message, Severity.WARNING, path=where))
    return Translation(kept(read, found), (*findings, *told(found)))


def translate_peer_authentication(read: Read, found: Object[PeerAuthentication]) -> Translation:
    """Return what a policy says of workloads. Gateways say themselves how clients reach them."""
    return Translation(kept(read, found), tuple(told(found)))
