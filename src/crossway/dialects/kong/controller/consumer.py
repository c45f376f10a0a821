"""KongConsumer and KongConsumerGroup, with credentials in Secrets.

https://developer.konghq.com/kubernetes-ingress-controller/consumers/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final

from crossway.dialects.contract import Concept, Ignored, Key, Made, Mapped, Object, Translation, every, find
from crossway.dialects.fate import examine
from crossway.dialects.kong.consumer import CREDENTIALS, Acl, Credential, JwtSecret, as_native
from crossway.dialects.kong.controller.annotations import WHERE, Annotations, notes_of
from crossway.dialects.kong.entity import native_name, trouble
from crossway.dialects.kubernetes.material import SECRET, SecretObject
from crossway.dialects.kubernetes.objects import KubernetesObject
from crossway.memo import Read
from crossway.model import Finding, Ref

KONG_CONSUMER: Final = "configuration.konghq.com/KongConsumer"
KONG_GROUP: Final = "configuration.konghq.com/KongConsumerGroup"
_LABEL: Final = "konghq.com/credential"
_KINDS: Final = {
    "key-auth": "kong/keyauth_credential",
    "keyauth_credential": "kong/keyauth_credential",
    "basic-auth": "kong/basicauth_credential",
    "basicauth_credential": "kong/basicauth_credential",
    "jwt": "kong/jwt_secret",
    "jwt_secret": "kong/jwt_secret",
    "hmac-auth": "kong/hmacauth_credential",
    "hmacauth_credential": "kong/hmacauth_credential",
    "oauth2": "kong/oauth2_credential",
    "oauth2_credential": "kong/oauth2_credential",
    "mtls-auth": "kong/mtls_auth_credential",
    "acl": "kong/acl",
}
"""What the label of a secret says, or, before there was one, its field `kongCredType`."""


class KongConsumer(KubernetesObject):
    """A consumer."""

    username: Annotated[str | None, Mapped("consumers")] = None
    custom_id: Annotated[Any, Ignored("backends find the name of the consumer, in x-consumer-username")] = None
    credentials: Annotated[tuple[str, ...], Mapped("consumers.credentials")] = ()
    consumer_groups: Annotated[tuple[str, ...], Ignored("no plugin holds for a group alone")] = ()


class KongConsumerGroup(KubernetesObject):
    """A group of consumers."""

    spec: Annotated[Any, Ignored("it is for tools")] = None


def credential_of(read: Read, key: Key) -> tuple[Credential | None, tuple[Finding, ...]]:
    """Return the credential that a secret is, and what is wrong with it; nothing for another secret."""
    found = find(read, SecretObject, key)
    if found is None:
        return None, ()
    secret = found.value
    try:
        fields = {name: secret.text(name) for name in (*secret.data, *secret.string_data)}
    except ValueError as error:
        return None, (trouble("field.invalid", f"the secret {key}: {error}", ()),)
    word = secret.metadata.labels.get(_LABEL) or fields.pop("kongCredType", None)
    kind = _KINDS.get(str(word))
    if kind is None:
        return None, ()
    value, wrong, _ = examine(Concept(kind, CREDENTIALS[kind]), fields)
    return value if isinstance(value, Credential) and not wrong else None, wrong


def jwt_secrets(read: Read) -> Iterator[JwtSecret]:
    """Yield the keys of tokens of all consumers."""
    for consumer in every(read, KongConsumer, KONG_CONSUMER):
        for name in consumer.value.credentials:
            credential, _ = read(credential_of, Key(SECRET, consumer.key.namespace, name))
            if isinstance(credential, JwtSecret):
                yield credential


def translate_consumer(read: Read, found: Object[KongConsumer]) -> Translation:
    """Return the consumer. One for whom a plugin holds is left out, and so recognised by nothing."""
    consumer = found.value
    said, wrong = notes_of(found, Annotations)
    findings = list(wrong)
    settings: dict[str, Any] = {}
    credentials: dict[str, list[object]] = {}
    for index, name in enumerate(consumer.credentials):
        key = Key(SECRET, found.key.namespace, name)
        credential, mistakes = read(credential_of, key)
        if credential is None:
            path = ("credentials", index)
            missing = trouble("reference.dangling", f"there is no secret {name!r} with the label {_LABEL}", path)
            findings.append(replace(mistakes[0], path=path) if mistakes else missing)
        elif isinstance(credential, Acl):
            settings.setdefault("groups", []).append(credential.group)
        else:
            for word, native in as_native(credential):
                credentials.setdefault(word, []).append(native)
    if credentials:
        settings["credentials"] = credentials
    closed = None
    if said.plugins:
        message = f"{' and '.join(said.plugins)} holds for some callers only, which no policy can; this one is left out"
        closed = trouble("dialect.refused", message, (*WHERE, "konghq.com/plugins"))
        findings.append(closed)
    ref = Ref("consumers", native_name(consumer.username or found.key.name))
    return Translation((Made(ref, settings, found.source, closed=closed),), tuple(findings))
