"""Consumers: who calls, and by what they are recognised."""

from __future__ import annotations

from crossway.model.credential import (
    ApiKey,
    BasicCredential,
    JwtCredential,
    Label,
    MtlsCredential,
    OAuth2Client,
    SignatureCredential,
)
from crossway.model.part import Part


class Credentials(Part):
    """Everything by which one consumer is recognised: any number of each kind, each revoked by taking it away."""

    api_key: tuple[ApiKey, ...] = ()
    """For the policy `api_key`."""
    basic_auth: tuple[BasicCredential, ...] = ()
    """For the policy `basic_auth`."""
    jwt: tuple[JwtCredential, ...] = ()
    """For the policy `jwt`, where it asks for a consumer."""
    mtls: tuple[MtlsCredential, ...] = ()
    """For the policy `mtls`."""
    hmac_signature: tuple[SignatureCredential, ...] = ()
    """For the policy `hmac_signature`."""
    oauth2: tuple[OAuth2Client, ...] = ()
    """For the policies `oauth2` and `oauth2_server`: programs that act for it, or for users."""


class Consumer(Part):
    """Somebody who calls: a person, a partner, a program. Routes of its namespace know it."""

    groups: tuple[Label, ...] = ()
    """The groups it is in; rules of `authorize` name them, and backends see them in `x-consumer-groups`."""
    tags: tuple[Label, ...] = ()
    """Words for people and reports, in `x-consumer-tags`."""
    plan: Label | None = None
    """The usage plan that `quota` holds it to."""
    credentials: Credentials = Credentials()
    """By what it is recognised."""
