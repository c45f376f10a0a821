"""Claims that a token must have, as rules over what the token filter has verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator

from crossway.compile.identity import CLAIMS
from crossway.protos.envoy.config.rbac import v3 as rbac_config_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as rbac_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

TOKEN_HEADER: Final = "header"
"""Where the header of a verified token is, beside its claims: `alg` is in each of them (RFC 7515, section 4.1.1)."""

Wanted = str | bool | int | float


def _as_list(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Claims = Mapping[
    str, Annotated[tuple[Wanted, ...], BeforeValidator(_as_list, json_schema_input_type=Wanted | list[Wanted])]
]
"""Names of claims, `a.b` for one inside another, each with the values of which one will do."""


def claim_filter(wanted: Claims, *, optional: bool) -> rbac_v3.RBACPerRoute:
    """Return the filter that lets requests through whose token says all that is *wanted*.

    Where tokens are *optional*, those without one too.
    """
    every = rbac_config_v3.Principal.Set(
        ids=[
            rbac_config_v3.Principal(
                or_ids=rbac_config_v3.Principal.Set(ids=[_claim(name, _is(value)) for value in values])
            )
            for name, values in wanted.items()
        ]
    )
    principals = [rbac_config_v3.Principal(and_ids=every)]
    if optional:
        verified = matcher_v3.ValueMatcher(present_match=True)
        principals.append(rbac_config_v3.Principal(not_id=_metadata((TOKEN_HEADER, "alg"), verified)))
    policy = rbac_config_v3.Policy(permissions=[rbac_config_v3.Permission(any=True)], principals=principals)
    rules = rbac_config_v3.RBAC(action=rbac_config_v3.RBAC.ALLOW, policies={"claims": policy})
    return rbac_v3.RBACPerRoute(rbac=rbac_v3.RBAC(rules=rules))


def _claim(name: str, value: matcher_v3.ValueMatcher) -> rbac_config_v3.Principal:
    return _metadata((CLAIMS[1], *name.split(".")), value)


def _metadata(path: Iterable[str], value: matcher_v3.ValueMatcher) -> rbac_config_v3.Principal:
    steps = [matcher_v3.MetadataMatcher.PathSegment(key=step) for step in path]
    return rbac_config_v3.Principal(metadata=matcher_v3.MetadataMatcher(filter=CLAIMS[0], path=steps, value=value))


def _is(value: Wanted) -> matcher_v3.ValueMatcher:
    """Return what matches a claim that is *value*, or a list that holds it."""
    if isinstance(value, bool):
        one = matcher_v3.ValueMatcher(bool_match=value)
    elif isinstance(value, str):
        one = matcher_v3.ValueMatcher(string_match=matcher_v3.StringMatcher(exact=value))
    else:
        one = matcher_v3.ValueMatcher(double_match=matcher_v3.DoubleMatcher(exact=value))
    listed = matcher_v3.ValueMatcher(list_match=matcher_v3.ListMatcher(one_of=one))
    return matcher_v3.ValueMatcher(or_match=matcher_v3.OrMatcher(value_matchers=[one, listed]))
