"""AuthorizationPolicy: its schema. What its rules say stands in `crossway.dialects.istio.rules`.

https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Mapped
from crossway.dialects.istio.objects import SECURITY
from crossway.dialects.istio.selection import PolicyObject, Selecting
from crossway.dialects.kubernetes.objects import Camel
from crossway.model import Network

AUTHORIZATION_POLICY: Final = f"{SECURITY}/AuthorizationPolicy"

_RULE: Final = "policies.authorize.allow, policies.authorize.deny"
_CEL: Final = Mapped(f"{_RULE}: cel")
_CLAIMS: Final = Mapped(f"{_RULE}: claims")
_IPS: Final = Mapped(f"{_RULE}: client_ips")
_HOSTS: Final = Mapped(f"{_RULE}: hostnames")
_PORTS: Final = Mapped(f"{_RULE}: ports")
_METHODS: Final = Mapped(f"{_RULE}: methods")
_PATHS: Final = Mapped(f"{_RULE}: paths")
_UNLESS: Final = Mapped(f"{_RULE}: unless")

Texts = tuple[Annotated[str, Field(min_length=1)], ...]
Networks = tuple[Network, ...]


class PolicySource(Camel):
    """Who a request comes from. All that is said must hold."""

    principals: Annotated[Texts, _CEL] = ()
    not_principals: Annotated[Texts, _UNLESS] = ()
    request_principals: Annotated[Texts, _CLAIMS] = ()
    not_request_principals: Annotated[Texts, _UNLESS] = ()
    namespaces: Annotated[Texts, _CEL] = ()
    not_namespaces: Annotated[Texts, _UNLESS] = ()
    service_accounts: Annotated[Texts, _CEL] = ()
    not_service_accounts: Annotated[Texts, _UNLESS] = ()
    ip_blocks: Annotated[Networks, _IPS] = ()
    not_ip_blocks: Annotated[Networks, _UNLESS] = ()
    remote_ip_blocks: Annotated[Networks, _IPS] = ()
    not_remote_ip_blocks: Annotated[Networks, _UNLESS] = ()


class From(Camel):
    """A source."""

    source: PolicySource = PolicySource()


class Operation(Camel):
    """What a request asks for. All that is said must hold."""

    hosts: Annotated[Texts, _HOSTS] = ()
    not_hosts: Annotated[Texts, _UNLESS] = ()
    ports: Annotated[tuple[int, ...], _PORTS] = ()
    not_ports: Annotated[tuple[int, ...], _UNLESS] = ()
    methods: Annotated[Texts, _METHODS] = ()
    not_methods: Annotated[Texts, _UNLESS] = ()
    paths: Annotated[Texts, _PATHS] = ()
    not_paths: Annotated[Texts, _UNLESS] = ()


class To(Camel):
    """An operation."""

    operation: Operation = Operation()


class Condition(Camel):
    """What an attribute of a request must be."""

    key: Annotated[str, Mapped(f"{_RULE}: headers, claims, client_ips, ports, cel")]
    values: Annotated[Texts, Mapped(f"{_RULE}: headers, claims, client_ips, ports, cel")] = ()
    not_values: Annotated[Texts, _UNLESS] = ()


class PolicyRule(Camel):
    """A rule: any of the sources, any of the operations, and all of the conditions."""

    from_: Annotated[tuple[From, ...], Field(alias="from")] = ()
    to: tuple[To, ...] = ()
    when: tuple[Condition, ...] = ()


class Provider(Camel):
    """Who decides in the place of the proxy."""

    name: Annotated[str, Mapped("policies.authorize.deny: what it would be asked for is refused")] = ""


class AuthorizationPolicySpec(Selecting):
    """What a policy says."""

    action: Annotated[
        Literal["ALLOW", "DENY", "AUDIT", "CUSTOM"], Mapped("policies.authorize.allow, policies.authorize.deny")
    ] = "ALLOW"
    rules: tuple[PolicyRule, ...] = ()
    provider: Provider | None = None


class AuthorizationPolicy(PolicyObject):
    """Which requests may pass."""

    spec: AuthorizationPolicySpec = AuthorizationPolicySpec()
