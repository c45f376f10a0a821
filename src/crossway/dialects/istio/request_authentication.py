"""RequestAuthentication: whose tokens are good.

A request with a wrong token is refused, and one without any passes: whoever needs one asks for it in an
AuthorizationPolicy.
https://istio.io/latest/docs/reference/config/security/request_authentication/
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from pydantic import Field

from crossway.dialects.contract import Ignored, Mapped
from crossway.dialects.istio.objects import SECURITY
from crossway.dialects.istio.selection import PolicyObject, Selecting
from crossway.dialects.kubernetes.objects import Camel
from crossway.model import HeaderName

REQUEST_AUTHENTICATION: Final = f"{SECURITY}/RequestAuthentication"

_JWT: Final = "policies.jwt.issuers"


class JwtHeader(Camel):
    """A header that holds a token."""

    name: Annotated[HeaderName, Mapped(f"{_JWT}.header.name")]
    prefix: Annotated[str, Mapped(f"{_JWT}.header.prefix")] = ""


class ClaimToHeader(Camel):
    """A claim that the backend gets in a header."""

    header: Annotated[HeaderName, Mapped(f"{_JWT}.claims_to_headers")]
    claim: Annotated[str, Mapped(f"{_JWT}.claims_to_headers")]


class JwtRule(Camel):
    """Whose tokens are good, and where they are."""

    issuer: Annotated[str, Field(min_length=1), Mapped(f"{_JWT}.issuer")]
    audiences: Annotated[tuple[str, ...], Mapped(f"{_JWT}.audiences")] = ()
    jwks_uri: Annotated[str | None, Mapped(f"{_JWT}.jwks.uri")] = None
    jwks: Annotated[str | None, Mapped(f"{_JWT}.jwks.inline")] = None
    from_headers: tuple[JwtHeader, ...] = ()
    from_params: Annotated[tuple[str, ...], Mapped(f"{_JWT}.query")] = ()
    from_cookies: Annotated[tuple[str, ...], Mapped(f"{_JWT}.cookie")] = ()
    output_payload_to_header: Annotated[HeaderName | None, Mapped(f"{_JWT}.payload_header")] = None
    output_claim_to_headers: tuple[ClaimToHeader, ...] = ()
    forward_original_token: Annotated[bool, Mapped(f"{_JWT}.hide_credentials")] = False
    timeout: Annotated[str | None, Mapped(f"{_JWT}.jwks.timeout")] = None
    space_delimited_claims: Annotated[Any, Ignored("the claims scope and scp are split at spaces, others are not")] = (
        None
    )

    @property
    def keys(self) -> dict[str, object] | None:
        """Where the keys are, as the model says it; `None` where it is left to be found out."""
        if self.jwks is not None:
            try:
                return {"inline": json.loads(self.jwks)}
            except ValueError:
                return {"inline": self.jwks}
        if self.jwks_uri is not None:
            return {"uri": self.jwks_uri, **({"timeout": self.timeout} if self.timeout else {})}
        return None


class RequestAuthenticationSpec(Selecting):
    """What a policy says."""

    jwt_rules: tuple[JwtRule, ...] = ()


class RequestAuthentication(PolicyObject):
    """Whose tokens are good."""

    spec: RequestAuthenticationSpec = RequestAuthenticationSpec()


def issuer(rule: JwtRule) -> dict[str, object] | None:
    """Return an issuer of the policy `jwt`; `None` without keys."""
    keys = rule.keys
    if keys is None:
        return None
    said: dict[str, object] = {"issuer": rule.issuer, "audiences": list(rule.audiences), "jwks": keys}
    places = (rule.from_headers, rule.from_params, rule.from_cookies)
    if any(places):
        said["header"] = [_header(header) for header in rule.from_headers]
        said["query"], said["cookie"] = list(rule.from_params), list(rule.from_cookies)
    else:
        said["header"], said["query"] = "authorization", "access_token"
    said["claims_to_headers"] = {item.claim: item.header for item in rule.output_claim_to_headers}
    said["payload_header"] = rule.output_payload_to_header
    said["hide_credentials"] = not rule.forward_original_token
    return {name: value for name, value in said.items() if value}


def _header(header: JwtHeader) -> object:
    plain = header.prefix == ("Bearer " if header.name == "authorization" else "")
    return header.name if plain else {"name": header.name, "prefix": header.prefix}
