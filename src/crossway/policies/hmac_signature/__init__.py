"""HTTP message signatures (RFC 9421): a client signs each request, and is the consumer who has the key.

A proxy cannot check one by itself, so it asks the control plane: see `crossway.compile.checks`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from crossway.compile.authentication import reported
from crossway.compile.checks import checked, checking
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Size, Spec, parse_duration

NAME: Final = "hmac_signature"
DERIVED: Final = ("@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query")
"""What a signature can cover of a request besides its headers (RFC 9421, section 2.2)."""


def _component(name: str) -> str:
    if name.startswith("@") and name not in DERIVED:
        raise ValueError(f"{name} is nothing that a signature of a request covers; known are {', '.join(DERIVED)}")
    return name


class HmacSignature(Spec):
    """Ask for requests that a consumer has signed (RFC 9421), with a shared secret or with a private key; else 401.

    The control plane checks each request; one that it cannot check, because the control plane is away, is answered 503.
    """

    components: Annotated[
        tuple[
            Annotated[str, Field(pattern=r"^@?[a-z0-9!#$%&'*+.^_`|~-]+$", max_length=256), AfterValidator(_component)],
            ...,
        ],
        Field(min_length=1),
    ] = ("@method", "@target-uri")
    """What a signature has to cover at least: names of headers, and `@method`, `@target-uri`, `@authority`, `@path`,
    `@query`, `@scheme`, `@request-target`. Instead of `@target-uri`, one may cover `@authority`, `@path` and `@query`.
    """
    body: bool = True
    """Ask for a `content-digest` (RFC 9530) that is signed, and right, of a request with a body."""
    max_body: Annotated[Size, Field(ge=1)] = 2**20
    """The longest body: it is held back until it was checked, and a longer one is answered 413."""
    max_age: Annotated[Duration, Field(gt=timedelta(), le=timedelta(days=1))] = parse_duration("5m")
    """How old a signature may be. Every signature has to say when it was `created`."""
    clock_skew: Annotated[Duration, Field(ge=timedelta(), le=timedelta(hours=1))] = parse_duration("30s")
    """How far the clocks of client and gateway may be apart."""
    nonce: bool = False
    """Ask for a `nonce`, and take each one only once for each key, so that a request cannot be sent again. It costs a
    write into the store for each request."""
    tag: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """Only the signature with this `tag` counts, of several. Without it, a request has exactly one signature."""


def compile_hmac_signature(spec: HmacSignature, site: Site) -> Fragment:
    """Return that the signature has to be checked, with the body if it is signed."""
    asks = checked(NAME, spec, site, body=spec.max_body if spec.body else 0)
    return Fragment(per_route={NAME: asks, **reported(site, NAME, {})})


POLICY: Final = Policy(
    spec=HmacSignature,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_hmac_signature,
    filters={NAME: checking()},
)
