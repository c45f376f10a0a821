"""Mutual TLS: a client shows a certificate, and is the consumer who is named in it."""

from __future__ import annotations

from typing import Final

from crossway.compile.authentication import reported
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Finding, Spec


class Mtls(Spec):
    """Recognise a consumer by its client certificate: by a name in it, or by its fingerprint.

    The listener has to ask for certificates (`tls.client`) and says which authorities it believes, and which of their
    certificates are revoked. A request without a certificate that a consumer has is answered 401.
    """


def compile_mtls(_spec: Mtls, site: Site) -> Fragment | Finding:
    """Return that the certificate of a consumer has to be there."""
    if not site.secure:
        message = "clients come here without TLS, so none of them shows a certificate"
        return Finding("mtls.no_tls", message, hint="attach the route to a listener with tls.client")
    if site.unverified:
        message = "nobody checks the certificates of clients here, so any of them could carry the name of a consumer"
        return Finding("mtls.unverified", message, hint="say at the listener: tls.client.verify: true")
    return Fragment(per_route=reported(site, "mtls", {}))


POLICY: Final = Policy(
    spec=Mtls,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_mtls,
)
