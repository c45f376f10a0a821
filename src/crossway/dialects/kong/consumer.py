"""Consumers, their groups and credentials.

https://developer.konghq.com/gateway/entities/consumer/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from crossway.dialects.contract import OBJECTS, Ignored, Key, Made, Mapped, Object, Refused, Translation, find, of
from crossway.dialects.kong.entity import (
    CONSUMER,
    CONSUMER_GROUP,
    MEMBER,
    KongEntity,
    NamedEntity,
    Reference,
    named,
    native_name,
    trouble,
)
from crossway.dialects.kong.plugin import BY_CALLER, Plugin, broken, name_of
from crossway.dialects.kong.vault import Unreferenced
from crossway.memo import Index, Read
from crossway.model import Finding, Ref, Secret

_TERMINATION: Final = "request-termination"
_CREDENTIAL: Final = "consumers.credentials"
_HASHED: Final = "Kong hashes passwords with the id of the consumer, so that they cannot be used elsewhere"


class Consumer(KongEntity):
    """Somebody who calls."""

    username: Annotated[str | None, Mapped("consumers")] = None
    custom_id: Annotated[str | None, Ignored("backends find the name of the consumer, in x-consumer-username")] = None
    type: Annotated[Any, Ignored("all consumers are alike")] = None

    @property
    def names(self) -> tuple[str, ...]:
        """What others call it."""
        return tuple(text for text in (self.username, self.id) if text)


class ConsumerGroup(NamedEntity):
    """A group of consumers, for plugins that hold for them alone."""


class Member(KongEntity):
    """That a consumer is in a group."""

    consumer: Annotated[Reference, Mapped("for whom plugins hold")] = None
    consumer_group: Annotated[Reference, Mapped("for whom plugins hold")] = None


class Credential(KongEntity):
    """By what a consumer is recognised."""

    consumer: Annotated[Reference, Mapped("consumers")] = None
    ttl: Annotated[
        Any, Refused("a credential that ends has expires, a moment; how long is left says nothing later")
    ] = None


class KeyAuthCredential(Credential):
    """For key-auth."""

    key: Annotated[Unreferenced[Secret] | None, Mapped(f"{_CREDENTIAL}.api_key")] = None


class BasicAuthCredential(Credential):
    """For basic-auth."""

    username: Annotated[str | None, Mapped(f"{_CREDENTIAL}.basic_auth.username")] = None
    password: Annotated[Unreferenced[Secret] | None, Mapped(f"{_CREDENTIAL}.basic_auth.password")] = None
    hashed: Annotated[Any, Refused(_HASHED)] = None


class JwtSecret(Credential):
    """For jwt."""

    key: Annotated[str | None, Mapped(f"{_CREDENTIAL}.jwt.subject, jwt.issuers.issuer")] = None
    secret: Annotated[Unreferenced[Secret] | None, Mapped("jwt.issuers.jwks.secret")] = None
    algorithm: Annotated[str, Mapped("jwt.issuers.jwks")] = "HS256"
    rsa_public_key: Annotated[Unreferenced[str] | None, Mapped("jwt.issuers.jwks.inline")] = None


class HmacAuthCredential(Credential):
    """For hmac-auth."""

    username: Annotated[str | None, Ignored("hmac-auth is refused where it stands")] = None
    secret: Annotated[Secret | None, Ignored("hmac-auth is refused where it stands")] = None


class OAuth2Credential(Credential):
    """For oauth2."""

    name: Annotated[str | None, Ignored("oauth2 is refused where it stands")] = None
    client_id: Annotated[str | None, Ignored("oauth2 is refused where it stands")] = None
    client_secret: Annotated[Secret | None, Ignored("oauth2 is refused where it stands")] = None
    redirect_uris: Annotated[Any, Ignored("oauth2 is refused where it stands")] = None
    hash_secret: Annotated[Any, Ignored("oauth2 is refused where it stands")] = None
    client_type: Annotated[Any, Ignored("oauth2 is refused where it stands")] = None


class MtlsCredential(Credential):
    """For mtls-auth."""

    subject_name: Annotated[str | None, Mapped(f"{_CREDENTIAL}.mtls.san")] = None
    ca_certificate: Annotated[Any, Ignored("the listener says which authorities are trusted")] = None


class Acl(Credential):
    """A group that rules name."""

    group: Annotated[str | None, Mapped("consumers.groups")] = None


CREDENTIALS: Final[Mapping[str, type[Credential]]] = {
    "kong/keyauth_credential": KeyAuthCredential,
    "kong/basicauth_credential": BasicAuthCredential,
    "kong/jwt_secret": JwtSecret,
    "kong/hmacauth_credential": HmacAuthCredential,
    "kong/oauth2_credential": OAuth2Credential,
    "kong/mtls_auth_credential": MtlsCredential,
    "kong/acl": Acl,
}


def _by_consumer(read: Read, key: Key) -> frozenset[str]:
    found = find(read, Credential, key) if key.kind in CREDENTIALS else None
    consumer = named(read, Consumer, CONSUMER, found.value.consumer) if found else None
    return frozenset({consumer.key.name}) if consumer else frozenset()


def _by_member(read: Read, key: Key) -> frozenset[str]:
    found = find(read, Member, key) if key.kind == MEMBER else None
    consumer = named(read, Consumer, CONSUMER, found.value.consumer) if found else None
    return frozenset({consumer.key.name}) if consumer else frozenset()


BY_CONSUMER: Index[Key, str] = Index(OBJECTS, _by_consumer, "credentials of Kong by consumer", of(*CREDENTIALS))
BY_MEMBER: Index[Key, str] = Index(OBJECTS, _by_member, "memberships of Kong by consumer", of(MEMBER))


def translate_consumer(read: Read, found: Object[Consumer]) -> Translation:
    """Return the consumer. One for whom a plugin holds that cannot be said is left out: nothing recognises it."""
    settings: dict[str, Any] = {}
    credentials: dict[str, list[object]] = {}
    for key in read.group(BY_CONSUMER, found.key.name):
        item = find(read, Credential, key)
        if item is None or broken(item) is not None:
            continue
        if isinstance(item.value, Acl):
            settings.setdefault("groups", []).append(item.value.group)
        for word, credential in as_native(item.value):
            credentials.setdefault(word, []).append(credential)
    if credentials:
        settings["credentials"] = credentials
    closed = _unsayable(read, found, credentials=bool(credentials))
    made = Made(Ref("consumers", native_name(found.key.name)), settings, found.source, closed=closed)
    return Translation((made,), (closed,) if closed is not None else ())


def as_native(value: Credential) -> Iterator[tuple[str, object]]:
    """Yield what *value* is among the credentials of a consumer."""
    match value:
        case KeyAuthCredential(key=Secret() as key):
            yield "api_key", key.reveal()
        case BasicAuthCredential(username=str(name), password=Secret() as password):
            yield "basic_auth", {"username": name, "password": password.reveal()}
        case JwtSecret(key=str(key)):
            yield "jwt", {"subject": key, "issuer": key}
        case MtlsCredential(subject_name=str(name)):
            yield "mtls", {"san": name}


def _unsayable(read: Read, found: Object[Consumer], *, credentials: bool) -> Finding | None:
    """Return why what holds for a consumer alone cannot be said."""
    callers = [(CONSUMER, found.key.name)]
    for key in read.group(BY_MEMBER, found.key.name):
        member = find(read, Member, key)
        group = named(read, ConsumerGroup, CONSUMER_GROUP, member.value.consumer_group) if member else None
        if group is not None:
            callers.append((CONSUMER_GROUP, group.key.name))
    for caller in callers:
        for key in read.group(BY_CALLER, caller):
            plugin = find(read, Plugin, key)
            if plugin is not None and not (name_of(plugin) == _TERMINATION and not credentials):
                message = f"{name_of(plugin)} holds for some callers only, which no policy can; this one is left out"
                return trouble("dialect.refused", message, ())
    return None
