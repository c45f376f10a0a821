"""Security headers: what a browser may do with an answer, said once for all backends, with defaults that are safe.

The defaults are those that the field has agreed on (OWASP Secure Headers Project; Helmet). They are written into the
gateway's own errors too, and replace what a backend says. A content security policy is the exception: a second one can
only forbid more, so it stands beside the backend's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Merge, Policy, Site, Stage, Target
from crossway.model import Duration, Finding, HeaderName, Part, Spec
from crossway.model.values import HEADER_BYTES, HeaderText
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3

_YEAR: Final = timedelta(days=365)
_POLICY: Final = "content-security-policy"
_FRAMES: Final = {"none": "DENY", "self": "SAMEORIGIN"}
"""The older header for browsers that do not know `frame-ancestors`; it has no word for anything else."""

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
Source = Annotated[str, Field(pattern=r"^(self|[^\s;,'\x00-\x20\x7f]*[:.*][^\s;,'\x00-\x20\x7f]*)$")]
"""A host, an origin, or a scheme with its colon (CSP Level 3, section 2.3.1). Any other word would be a host."""


class Hsts(Part):
    """That browsers shall use TLS for this host from now on (RFC 6797)."""

    max_age: Duration = _YEAR
    """For how long. A year, as the preload lists of browsers want it; 0 takes it back."""
    include_subdomains: bool = False
    """For all hosts below this one too. Not by default: one of them may have no TLS yet."""
    preload: bool = False
    """Agree to be on the preload lists of browsers, which is slow to undo."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Hsts:
        if self.max_age % timedelta(seconds=1):
            raise ValueError("max_age is in whole seconds")
        if self.preload and not (self.include_subdomains and self.max_age >= _YEAR):
            raise ValueError("the preload lists want include_subdomains, and a max_age of at least 365d")
        return self


def _without_frames(value: object) -> object:
    """Refuse a policy that says what the field `frame_ancestors` says."""
    if isinstance(value, str) and re.search(r"(^|;)\s*frame-ancestors\b", value, re.IGNORECASE):
        raise ValueError("write frame-ancestors as the field frame_ancestors, which serves older browsers too")
    return value


class SecurityHeaders(Spec):
    """Tell browsers to be careful: `security_headers: {}` is a good start.

    `false` leaves a header to the backend. Attached at several places, the fields add up, and the closest place decides
    about each, so that a route changes one and keeps the rest; lists are put together.
    """

    hsts: Hsts | Literal[False] = Hsts()
    """Use TLS from now on (`strict-transport-security`). Only said where clients speak TLS with this gateway."""
    frame_ancestors: Literal["none", "self", False] | Annotated[tuple[Source, ...], Field(min_length=1)] = "self"
    """Who may show a page in a frame: `none`, `self`, or a list such as `[self, "https://*.shop.example"]`. Written as
    `content-security-policy: frame-ancestors`, and as `x-frame-options` for older browsers where that can say it."""
    content_security_policy: Annotated[HeaderText, BeforeValidator(_without_frames)] | None = None
    """What a page may load and run, `default-src 'self'; img-src *`. It stands beside one of the backend, and browsers
    hold a page to both."""
    content_security_policy_report_only: HeaderText | None = None
    """A policy that browsers only report on, to try one before it holds."""
    content_type_options: bool = True
    """Take the content type as it is said, and do not guess (`x-content-type-options: nosniff`)."""
    referrer_policy: ReferrerPolicy | Literal[False] = "strict-origin-when-cross-origin"
    """What a link tells about the page that it is on."""
    permissions_policy: HeaderText | None = None
    """Which features of the browser a page may use: `camera=(), geolocation=(self)`."""
    cross_origin_opener_policy: Literal[
        "same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none", False
    ] = "same-origin"
    """Which pages that it opened, or was opened by, a page can reach."""
    cross_origin_embedder_policy: Literal["require-corp", "credentialless", "unsafe-none"] | None = None
    """Which resources of other origins a page may embed. Not said by default: they would have to agree."""
    cross_origin_resource_policy: Literal["same-origin", "same-site", "cross-origin", False] = "same-origin"
    """Who may embed the answer without CORS, as with an image: write `cross-origin` for public resources."""
    remove: tuple[HeaderName, ...] = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version")
    """Headers that are taken off answers: by default those in which backends say what they run."""


def compile_security_headers(spec: SecurityHeaders, site: Site) -> Fragment | Finding:
    """Return the headers as fields of the route: what is there is replaced, or added to if it is a content policy."""
    beside = dict(_policies(spec))
    if (length := len(beside.get(_POLICY, "").replace("%", "%%").encode())) > HEADER_BYTES:
        message = f"with frame_ancestors, the policy is {length:,} bytes long"
        expected = f"at most {HEADER_BYTES:,}"
        return Finding("security_headers.too_long", message, path=("content_security_policy",), expected=expected)
    option = core_v3.HeaderValueOption
    additions = [
        option(
            header=core_v3.HeaderValue(key=name, value=value.replace("%", "%%")),
            append_action=option.OVERWRITE_IF_EXISTS_OR_ADD,
        )
        for name, value in _replacing(spec, site)
    ]
    additions += [
        option(
            header=core_v3.HeaderValue(key=name, value=value.replace("%", "%%")),
            append_action=option.APPEND_IF_EXISTS_OR_ADD,
        )
        for name, value in beside.items()
    ]
    # A list of ancestors has no older form; that of the backend would speak against it.
    removed = ("x-frame-options",) if isinstance(spec.frame_ancestors, tuple) else ()
    route = route_v3.Route(
        response_headers_to_add=additions, response_headers_to_remove=dict.fromkeys((*spec.remove, *removed))
    )
    return Fragment(route=route)


def _replacing(spec: SecurityHeaders, site: Site) -> Iterator[tuple[str, str]]:
    """Yield the headers that replace what is there."""
    if site.secure and spec.hsts:
        yield "strict-transport-security", _hsts(spec.hsts)
    if spec.content_type_options:
        yield "x-content-type-options", "nosniff"
    if isinstance(spec.frame_ancestors, str):
        yield "x-frame-options", _FRAMES[spec.frame_ancestors]
    for name in (
        "referrer_policy",
        "permissions_policy",
        "cross_origin_opener_policy",
        "cross_origin_embedder_policy",
        "cross_origin_resource_policy",
    ):
        if value := getattr(spec, name):
            yield name.replace("_", "-"), value


def _policies(spec: SecurityHeaders) -> Iterator[tuple[str, str]]:
    """Yield the policies that stand beside those of the backend."""
    ancestors = spec.frame_ancestors
    said = [spec.content_security_policy.rstrip("; ")] if spec.content_security_policy else []
    if ancestors:
        sources = (ancestors,) if isinstance(ancestors, str) else ancestors
        said.append(" ".join(["frame-ancestors", *(f"'{word}'" if word in _FRAMES else word for word in sources)]))
    if said:
        yield _POLICY, "; ".join(said)
    if spec.content_security_policy_report_only:
        yield "content-security-policy-report-only", spec.content_security_policy_report_only


def _hsts(hsts: Hsts) -> str:
    words = [f"max-age={round(hsts.max_age.total_seconds())}"]
    words += ["includeSubDomains"] if hsts.include_subdomains else []
    words += ["preload"] if hsts.preload else []
    return "; ".join(words)


POLICY = Policy(
    spec=SecurityHeaders,
    stage=Stage.EDGE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_security_headers,
    merge=Merge.UNION,
)
