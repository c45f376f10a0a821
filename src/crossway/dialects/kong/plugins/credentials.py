"""Plugins that ask who calls: key-auth, basic-auth, jwt, ldap-auth, acl.

https://developer.konghq.com/plugins/?category=authentication
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from crossway.dialects.contract import Ignored, Mapped
from crossway.dialects.kong.entity import Reference, only, stricter, trouble
from crossway.dialects.kong.plugin import Config, Kind, Plugin, Said
from crossway.memo import Read
from crossway.model import Findings

_REALM: Final = "the challenge names the gateway"
_PREFLIGHT: Final = "preflights are answered by cors, before anybody is asked who they are"


class AuthConfig(Config):
    """What all of them have."""

    anonymous: Annotated[Reference, Mapped("routes.policies.authentication")] = None
    hide_credentials: Annotated[bool, Mapped("hide_credentials")] = False
    realm: Annotated[str | None, Ignored(_REALM)] = None
    run_on_preflight: Annotated[bool, Ignored(_PREFLIGHT)] = True


class AuthPlugin(Plugin):
    """A plugin that asks who calls."""

    config: AuthConfig = AuthConfig()


class KeyAuthConfig(AuthConfig):
    """key-auth."""

    key_names: Annotated[tuple[str, ...], Mapped("api_key.header, api_key.query")] = ("apikey",)
    key_in_header: Annotated[bool, Mapped("api_key.header")] = True
    key_in_query: Annotated[bool, Mapped("api_key.query")] = True
    key_in_body: Annotated[bool, only(False, "a key in the body of a request is not looked for"), Mapped("api_key")] = (
        False
    )
    identity_realms: Annotated[Any, Ignored("consumers are those of the file")] = None


class KeyAuth(AuthPlugin):
    """key-auth."""

    config: KeyAuthConfig = KeyAuthConfig()


def _key_auth(_: Read, plugin: KeyAuth) -> Said:
    config = plugin.config
    if not config.key_names or not (config.key_in_header or config.key_in_query):
        closed = trouble("field.invalid", "there is no place where a key is looked for", ("config",))
        return Said(findings=(closed,), closed=closed)
    name, *others = config.key_names
    policy: dict[str, object] = {}
    if config.key_in_header:
        policy["header"] = name.lower()
    if config.key_in_query:
        policy["query"] = name
    if not config.hide_credentials:
        policy["hide_credentials"] = False
    findings: Findings = ()
    if others:
        message = f"a key is looked for under one name, {name}; whoever sends it as {', '.join(others)} is refused"
        findings = (stricter(message, ("config", "key_names", 1)),)
    return Said({"api_key": policy}, findings)


class BasicAuthConfig(AuthConfig):
    """basic-auth."""

    brute_force_protection: Annotated[Any, Ignored("rate_limit bounds how often a client may try")] = None


class BasicAuth(AuthPlugin):
    """basic-auth."""

    config: BasicAuthConfig = BasicAuthConfig()


def _basic_auth(_: Read, plugin: BasicAuth) -> Said:
    return Said({"basic_auth": {} if plugin.config.hide_credentials else {"hide_credentials": False}})


class AclConfig(Config):
    """acl."""

    allow: Annotated[tuple[str, ...], Mapped("authorize.allow.groups")] = ()
    deny: Annotated[tuple[str, ...], Mapped("authorize.deny.groups")] = ()
    whitelist: Annotated[tuple[str, ...], Mapped("authorize.allow.groups")] = ()
    blacklist: Annotated[tuple[str, ...], Mapped("authorize.deny.groups")] = ()
    hide_groups_header: Annotated[bool, Ignored("backends may see the groups of a consumer")] = False
    always_use_authenticated_groups: Annotated[
        bool, only(False, "groups are those of consumers"), Mapped("authorize")
    ] = False
    include_consumer_groups: Annotated[bool, only(False, "groups are those of acls"), Mapped("authorize")] = False


class Acl(Plugin):
    """acl."""

    config: AclConfig = AclConfig()


def _acl(_: Read, plugin: Acl) -> Said:
    config = plugin.config
    allow, deny = config.allow or config.whitelist, config.deny or config.blacklist
    if not allow and not deny:
        closed = trouble("field.missing", "acl has allow, or deny", ("config",))
        return Said(findings=(closed,), closed=closed)
    policy: dict[str, object] = {}
    if allow:
        policy["allow"] = [{"groups": list(allow)}]
    if deny:
        policy["deny"] = [{"groups": list(deny)}]
    return Said({"authorize": policy})


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind("key-auth", KeyAuth, _key_auth, authenticates=True),
    Kind("basic-auth", BasicAuth, _basic_auth, authenticates=True),
    Kind("acl", Acl, _acl),
)
