"""proxy-cache, ldap-auth, grpc-web.

https://developer.konghq.com/plugins/
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from crossway.dialects.contract import Ignored, Mapped, Refused
from crossway.dialects.kong.entity import only, trouble
from crossway.dialects.kong.plugin import Config, Kind, Plugin, Said
from crossway.dialects.kong.plugins.credentials import AuthConfig, AuthPlugin
from crossway.memo import Read

_LDAPS: Final = 636
_LDAP: Final = 389
_LONGEST: Final = 1900
"""Milliseconds that the directory may take, about as long as a request waits for a decision."""
_FRESH: Final = frozenset({200, 203, 204, 300, 301, 308})
"""The statuses that the lifetime of a cache is about; others have one of their own."""


class ProxyCacheConfig(Config):
    """proxy-cache."""

    response_code: Annotated[tuple[int, ...], Mapped("cache.lifetime, cache.negative")] = (200, 301, 404)
    request_method: Annotated[tuple[str, ...], Mapped("cache.methods")] = ("GET", "HEAD")
    content_type: Annotated[
        tuple[str, ...], Ignored("answers of all types are kept that the backend lets be kept")
    ] = ()
    cache_ttl: Annotated[int, Mapped("cache.lifetime")] = 300
    storage_ttl: Annotated[int | None, Mapped("cache.stale_if_error")] = None
    vary_headers: Annotated[tuple[str, ...], Mapped("cache.key.headers")] = ()
    vary_query_params: Annotated[tuple[str, ...] | None, Mapped("cache.key.query.include")] = None
    cache_control: Annotated[bool, Ignored("what the backend says in Cache-Control always holds")] = False
    ignore_uri_case: Annotated[bool, only(False, "paths that differ in case are two"), Mapped("cache.key")] = False
    strategy: Annotated[str, Ignored("answers are kept in memory; `shared` keeps them in Redis too")] = "memory"
    memory: Annotated[Any, Ignored("a proxy keeps answers in its own memory")] = None
    response_headers: Annotated[Any, Ignored("Age and Cache-Status say what the cache did")] = None


class ProxyCache(Plugin):
    """proxy-cache."""

    config: ProxyCacheConfig = ProxyCacheConfig()


def _proxy_cache(_: Read, plugin: ProxyCache) -> Said:
    config = plugin.config
    lifetime = f"{config.cache_ttl}s"
    methods = [method for method in config.request_method if method in {"GET", "HEAD"}]
    policy: dict[str, object] = {"lifetime": lifetime}
    if others := [status for status in config.response_code if status >= 400]:
        policy["negative"] = dict.fromkeys(others, lifetime)
    if methods and len(methods) < 2:
        policy["methods"] = methods
    key: dict[str, object] = {}
    if config.vary_headers:
        key["headers"] = [name.lower() for name in config.vary_headers]
    if config.vary_query_params is not None:
        key["query"] = {"include": list(config.vary_query_params)}
    if key:
        policy["key"] = key
    if config.storage_ttl and config.storage_ttl > config.cache_ttl:
        policy["stale_if_error"] = f"{config.storage_ttl - config.cache_ttl}s"
    return Said({"cache": policy})


class LdapConfig(AuthConfig):
    """ldap-auth."""

    ldap_host: Annotated[str | None, Mapped("ldap.url")] = None
    ldap_port: Annotated[int, Mapped("ldap.url")] = _LDAP
    ldaps: Annotated[bool, Mapped("ldap.url")] = False
    start_tls: Annotated[bool, Mapped("ldap.start_tls")] = False
    verify_ldap_host: Annotated[bool, Ignored("the certificate of the directory is always verified")] = False
    base_dn: Annotated[str | None, Mapped("ldap.user_dn")] = None
    attribute: Annotated[str | None, Mapped("ldap.user_dn")] = None
    cache_ttl: Annotated[float, Mapped("ldap.cache")] = 60
    timeout: Annotated[float, Mapped("ldap.timeout")] = 10_000
    keepalive: Annotated[float, Ignored("connections to the directory are kept as long as they are good")] = 60_000
    header_type: Annotated[
        str, only("basic", "names and passwords are read as Basic says; write header_type: basic"), Mapped("ldap")
    ] = "ldap"


class LdapAuth(AuthPlugin):
    """ldap-auth."""

    config: LdapConfig = LdapConfig()


def _ldap_auth(_: Read, plugin: LdapAuth) -> Said:
    config = plugin.config
    if config.header_type != "basic" or not (config.ldap_host and config.base_dn and config.attribute):
        message = "ldap-auth has ldap_host, base_dn, attribute and header_type: basic, by which credentials are read"
        closed = trouble("field.missing", message, ("config",))
        return Said(findings=(closed,), closed=closed)
    scheme = "ldaps" if config.ldaps else "ldap"
    port = _LDAPS if config.ldaps and config.ldap_port == _LDAP else config.ldap_port
    policy: dict[str, object] = {
        "url": f"{scheme}://{config.ldap_host}:{port}",
        "user_dn": f"{config.attribute}={{username}},{config.base_dn}",
        "cache": f"{int(config.cache_ttl)}s",
        "timeout": f"{min(int(config.timeout), _LONGEST)}ms",
    }
    if config.start_tls:
        policy["start_tls"] = True
    if not config.hide_credentials:
        policy["hide_credentials"] = False
    return Said({"ldap": policy})


class GrpcWebConfig(Config):
    """grpc-web."""

    proto: Annotated[str | None, Refused("JSON is translated by the policy grpc_json, from compiled descriptors")] = (
        None
    )
    pass_stripped_path: Annotated[bool, Mapped("routes.policies.rewrite")] = False
    allow_origin_header: Annotated[str, Ignored("cors says which pages may read")] = "*"


class GrpcWeb(Plugin):
    """grpc-web."""

    config: GrpcWebConfig = GrpcWebConfig()


def _grpc_web(_: Read, __: GrpcWeb) -> Said:
    return Said({"grpc_web": True})


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind("proxy-cache", ProxyCache, _proxy_cache),
    Kind("ldap-auth", LdapAuth, _ldap_auth, authenticates=True),
    Kind("grpc-web", GrpcWeb, _grpc_web),
)
