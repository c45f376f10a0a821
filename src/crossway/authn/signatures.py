"""HTTP message signatures (RFC 9421): whether a consumer signed a request, enough of it, and just now.

The base of a signature, the algorithms and the digest of a body are those of `http_message_signatures`. What a route
asks for, the time, and that a nonce comes only once, is decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol, cast

import http_sf
from cryptography.exceptions import InvalidSignature
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
    VerificationKey,
    VerifyResult,
    algorithms,
)

from crossway.authn.roster import Known, Roster
from crossway.authn.verdict import Answer, Headers, Passed, Request, Verdict
from crossway.compile import identity
from crossway.compile.authentication import credentials
from crossway.compile.checks import Asked
from crossway.compile.contract import Consumers
from crossway.model import SignatureAlgorithm, SignatureCredential
from crossway.policies.hmac_signature import HmacSignature

ALGORITHMS: Final[Mapping[SignatureAlgorithm, type[HTTPSignatureAlgorithm]]] = {
    SignatureAlgorithm.HMAC_SHA256: algorithms.HMAC_SHA256,
    SignatureAlgorithm.ED25519: algorithms.ED25519,
    SignatureAlgorithm.ECDSA_P256_SHA256: algorithms.ECDSA_P256_SHA256,
    SignatureAlgorithm.ECDSA_P384_SHA384: algorithms.ECDSA_P384_SHA384,
    SignatureAlgorithm.RSA_PSS_SHA512: algorithms.RSA_PSS_SHA512,
    SignatureAlgorithm.RSA_V1_5_SHA256: algorithms.RSA_V1_5_SHA256,
}
LONGEST_NONCE: Final = 256
NO_FIT: Final = "the signature does not fit the request"

_IMPLIED: Final = {
    "@target-uri": ("@authority", "@path", "@query"),
    "@authority": ("@target-uri",),
    "@scheme": ("@target-uri",),
    "@path": ("@target-uri",),
    "@query": ("@target-uri",),
}
"""What may be covered in place of a component, since it says the same of the request."""


class RefusedError(Exception):
    """Why a request is refused; the sentence is for the client."""


class Nonces(Protocol):
    """Remembers what came before, for all control planes together."""

    async def once(self, key: bytes, until: datetime) -> bool:
        """Return whether *key* comes for the first time; it is remembered *until* then. `Unavailable` if nobody can."""


@dataclass(frozen=True, slots=True)
class _Key:
    credential: SignatureCredential
    identity: str


@dataclass(frozen=True, slots=True)
class _Fields:
    """Headers, as the library reads them."""

    lines: Headers

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self.lines)


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: _Fields


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: object, max_age: timedelta | None = None) -> None:
        """Say nothing: `_fresh` has judged it, by the clock of the service and the settings of the route."""


class Signatures:
    """The method `hmac_signature`."""

    def __init__(self, roster: Roster, nonces: Nonces, clock: Callable[[], datetime]) -> None:
        """Make the method; *clock* gives the time, with a time zone."""
        self._keys = Known(roster, _keys)
        self._nonces = nonces
        self._clock = clock

    async def __call__(self, request: Request, asked: Asked) -> Verdict:
        """Return who signed *request*, or why it is refused."""
        settings = _settings(asked.settings)
        keys = self._keys.of(asked.namespace)
        try:
            parameters = _parameters(request, settings.tag)
            if parameters is None:
                if asked.lenient:
                    return Passed()
                raise RefusedError("the request is not signed")
            key = keys.get(str(parameters.get("keyid")))
            if key is None:
                raise RefusedError(NO_FIT)
            until = _fresh(parameters, settings, self._clock())
            result = _verified(request, settings, key.credential)
            _covers(result.covered_components, settings.components)
            if settings.nonce:
                await self._first(asked.namespace, key.credential.key_id, result.nonce, until)
        except RefusedError as wrong:
            challenge = (("www-authenticate", "Signature"), ("accept-signature", accepted(settings)))
            return Answer.problem(401, str(wrong), request, challenge)
        return Passed(((identity.SIGNED, key.identity),))

    async def _first(self, namespace: str, key_id: str, nonce: str | None, until: datetime) -> None:
        if not nonce:
            raise RefusedError("the signature has no nonce")
        if len(nonce) > LONGEST_NONCE:
            raise RefusedError(f"the nonce is longer than {LONGEST_NONCE} characters")
        digest = hashlib.sha256(f"{namespace}\0{key_id}\0{nonce}".encode()).digest()
        if not await self._nonces.once(digest, until):
            raise RefusedError("the request came before: its nonce is used")


def _keys(consumers: Consumers) -> Mapping[str, _Key]:
    """Return the keys of *consumers*; the first one of a name counts, and there is a finding about the others."""
    known: dict[str, _Key] = {}
    for credential, who, _ in credentials(consumers, "hmac_signature", SignatureCredential):
        known.setdefault(credential.key_id, _Key(credential, who))
    return known


@lru_cache(maxsize=1024)
def _settings(text: str) -> HmacSignature:
    return HmacSignature.model_validate_json(text)


def _parameters(request: Request, tag: str | None) -> Mapping[str, object] | None:
    """Return the parameters of the one signature that counts; `None` if there is none."""
    text = request.value("signature-input")
    if text is None and request.value("signature") is None:
        return None
    try:
        signatures = cast(
            "dict[str, tuple[object, Mapping[str, object]]]",
            http_sf.parse((text or "").encode("latin-1"), tltype="dictionary"),
        )
    except ValueError:
        raise RefusedError("the header signature-input cannot be read") from None
    found = [parameters for _, parameters in signatures.values() if tag is None or parameters.get("tag") == tag]
    if len(found) > 1:
        raise RefusedError("the request has several signatures, and one is expected")
    if not found and tag is None:
        raise RefusedError("the header signature-input says nothing")
    return found[0] if found else None


def _fresh(parameters: Mapping[str, object], settings: HmacSignature, now: datetime) -> datetime:
    """Return until when the signature may be sent; raises `RefusedError` if that is over, or has not begun."""
    created, expires = (_time(parameters.get(name), now) for name in ("created", "expires"))
    if created is None:
        raise RefusedError("the signature does not say when it was created")
    if created > now + settings.clock_skew:
        raise RefusedError("the signature was created in the future")
    until = min(created + settings.max_age, expires or datetime.max.replace(tzinfo=now.tzinfo)) + settings.clock_skew
    if now > until:
        raise RefusedError("the signature is too old")
    return until


def _time(value: object, now: datetime) -> datetime | None:
    if value is None:
        return None
    try:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(value)
        return datetime.fromtimestamp(value, now.tzinfo)
    except (ValueError, OverflowError, OSError):
        raise RefusedError("created and expires are whole seconds since 1970") from None


def _verified(request: Request, settings: HmacSignature, credential: SignatureCredential) -> VerifyResult:
    key = cast("VerificationKey", credential.key)
    resolver = MappingKeyResolver(public_keys={credential.key_id: key}, private_keys={})
    verifier = _Verifier(signature_algorithm=ALGORITHMS[credential.signs_with], key_resolver=resolver)
    message = _Message(
        request.method, f"{request.scheme}://{request.authority}{request.path}", _Fields(request.headers)
    )
    try:
        (result,) = verifier.verify(
            message, max_age=None, expect_tag=settings.tag, body=request.body if settings.body else None
        )
    except HTTPMessageSignaturesException as error:
        raise RefusedError(NO_FIT if isinstance(error.__cause__, InvalidSignature) else str(error)) from None
    return result


def _covers(covered: Iterable[str], components: Iterable[str]) -> None:
    """Raise `RefusedError` if one of *components* is not *covered*; with parameters, a component is another one."""
    names = {component[1:-1] for component in covered if component.endswith('"')}
    for name in components:
        if name not in names and not _is_implied(name, names):
            raise RefusedError(f"the signature does not cover {name}")


def _is_implied(name: str, covered: Collection[str]) -> bool:
    return name in _IMPLIED and all(other in covered for other in _IMPLIED[name])


def accepted(settings: HmacSignature) -> str:
    """Return the signature that is asked for, as `Accept-Signature` says it (RFC 9421, section 5.1)."""
    components = [*settings.components, *(["content-digest"] if settings.body else [])]
    listed = " ".join(f'"{name}"' for name in dict.fromkeys(components))
    tag = "" if settings.tag is None else f";tag={http_sf.ser((settings.tag, {}))}"
    return f"sig=({listed});created;keyid{';nonce' if settings.nonce else ''}{tag}"
