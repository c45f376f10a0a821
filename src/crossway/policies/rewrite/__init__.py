"""Rewrite: another path and another host towards the backend.

A path is rewritten by its segments, so that slashes are neither lost nor doubled, and the query stays as it is. The
rewrite follows from what the route matches, never from the way in which the route is found: it is one pattern over the
path, and holds in every layout of routes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from crossway.compile.contract import BACKEND_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.prefix import escape, replace_prefix, substitute
from crossway.model import Finding, HeaderName, Part, PathKind, Regex, Spec
from crossway.model.path import regex_groups
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

_VARIABLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_REST: Final = "/*"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("a path begins with /")
    if "?" in value or "#" in value:
        raise ValueError("a path has no query and no fragment; the query of the request stays as it is")
    return value


def _visible(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("a path has no control characters")
    return value


def _template(value: str) -> str:
    rest = _VARIABLE.sub("", _path(value))
    if "{" in rest or "}" in rest:
        raise ValueError("a template variable is {name}, with letters, digits and _")
    if "*" in rest.removesuffix(_REST):
        raise ValueError("* stands only at the end of a template, as in /v2/{id}/*")
    return value


_Text = Annotated[str, AfterValidator(_visible), Field(json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f]*$"})]
Path = Annotated[_Text, AfterValidator(_path)]
Template = Annotated[_Text, AfterValidator(_template)]


class RegexRewrite(Part):
    """A replacement in the path by a regular expression."""

    pattern: Regex
    """What is replaced, in RE2 syntax, wherever it occurs in the path; the query is not looked at."""
    replacement: _Text
    r"""What stands there instead; `\1` to `\9` are the groups of the pattern, `\0` all of what it found."""

    @model_validator(mode="after")
    def _groups_exist(self) -> RegexRewrite:
        if "\\" in re.sub(r"\\[0-9\\]", "", self.replacement):
            raise ValueError(r"in a replacement, \ stands before the number of a group; \\ is the character itself")
        numbers = [int(number) for number in re.findall(r"\\([0-9])", self.replacement.replace("\\\\", ""))]
        if max(numbers, default=0) > (groups := regex_groups(self.pattern)):
            raise ValueError(f"the replacement uses group {max(numbers)}, and the pattern has {groups}")
        return self


_HOST: Final = r"^[^\s/?#@\x00-\x1f\x7f]+$"


class HostRewrite(Part):
    """The host that the backend sees. In one line: a hostname, or the word `backend`."""

    literal: Annotated[str, Field(pattern=_HOST)] | None = None
    """This host, with a port if one is wanted."""
    from_header: HeaderName | None = None
    """What this header of the request says; a request without it keeps its host."""
    backend: bool = False
    """The name of the endpoint that is chosen, as it stands in the service; an IP address keeps the host as it is."""

    short_forms = ({"type": "string", "pattern": _HOST, "examples": ["backend", "api.example.org"]},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str):
            return {"backend": True} if value == "backend" else {"literal": value}
        return value

    @model_validator(mode="after")
    def _one(self) -> HostRewrite:
        if sum((bool(self.literal), self.from_header is not None, self.backend)) != 1:
            raise ValueError("write exactly one of literal, from_header, backend: true")
        return self


class Rewrite(Spec):
    """Forward under another path, another host, or both. The backend finds the client's host in `x-forwarded-host`.

    At one backend of a route, `host` may be a hostname, and the path stays as the route says.
    """

    path_prefix: Path | None = None
    """Replaces the prefix that the route matches, in whole segments: on `/orders/*`, `/v2` makes `/orders/7` to
    `/v2/7`, and `/` makes it to `/7`. On an exact path all of it, on a template what stands before the variables. On
    `^/orders`, it replaces that text, and `/v2` makes `/orders7` to `/v27`."""
    path: Path | None = None
    """The path as a whole."""
    path_template: Template | None = None
    """A path with the variables of the route's template: on `/users/{id}/*`, `/v2/{id}/profile/*`. A variable may be
    left out or stand twice."""
    regex: RegexRewrite | None = None
    """A replacement by a regular expression, for what the other ways cannot say."""
    host: HostRewrite | None = None
    """The host that the backend sees; without it, the one the client asked for."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Rewrite:
        paths = [self.path_prefix, self.path, self.path_template, self.regex]
        written = sum(item is not None for item in paths)
        if written > 1:
            raise ValueError("write one of path_prefix, path, path_template, regex")
        if not written and self.host is None:
            raise ValueError("a rewrite changes the path or the host")
        return self


def compile_rewrite(spec: Rewrite, site: Site) -> Fragment | Finding:
    """Return the rewrite as fields of the route's action, or why it does not fit what the route matches."""
    action = route_v3.RouteAction()
    if spec.path is not None:
        action.path_rewrite = spec.path.replace("%", "%%")
    substitution = _substitution(spec, site)
    if isinstance(substitution, Finding):
        return substitution
    if substitution is not None:
        action.regex_rewrite.CopyFrom(substitution)
    if spec.host is not None:
        action.MergeFrom(_host(spec.host))
    return Fragment(route=route_v3.Route(route=action))


def _substitution(spec: Rewrite, site: Site) -> matcher_v3.RegexMatchAndSubstitute | Finding | None:
    if spec.path_prefix is not None:
        return _prefix(spec.path_prefix, site)
    if spec.path_template is not None:
        return _from_template(spec.path_template, site)
    if spec.regex is not None:
        return substitute(spec.regex.pattern, spec.regex.replacement)
    return None


def _prefix(prefix: str, site: Site) -> matcher_v3.RegexMatchAndSubstitute | Finding:
    if site.path.kind is PathKind.REGEX:
        return Finding(
            "rewrite.needs_prefix",
            f"path_prefix has no prefix to replace: the route matches {site.path}",
            path=("path_prefix",),
            hint="match a prefix such as /orders/*, or rewrite by regex",
        )
    return replace_prefix(site.path, prefix)


def _from_template(template: str, site: Site) -> matcher_v3.RegexMatchAndSubstitute | Finding:
    names = _VARIABLE.findall(site.path.value) if site.path.kind is PathKind.TEMPLATE else []
    groups: Mapping[str, int] = {name: number for number, name in enumerate(names, start=1)}
    has_rest = site.path.kind is PathKind.TEMPLATE and site.path.value.endswith(_REST)
    missing = [f"{{{name}}}" for name in _VARIABLE.findall(template) if name not in groups]
    if template.endswith(_REST) and not has_rest:
        missing.append(_REST)
    if missing:
        return Finding(
            "rewrite.unknown_variable",
            f"path_template uses {', '.join(missing)}: the route matches {site.path}",
            path=("path_template",),
            hint="match a template with these variables, such as /users/{id}",
        )
    pattern = "".join(
        "([^/]+)" if index % 2 else re.escape(part)
        for index, part in enumerate(_VARIABLE.split(site.path.value.removesuffix(_REST)))
    )
    wanted = "".join(
        f"\\{groups[part]}" if index % 2 else escape(part)
        for index, part in enumerate(_VARIABLE.split(template.removesuffix(_REST)))
    )
    if template.endswith(_REST):
        wanted += f"\\{len(names) + 1}"
    return substitute(f"^{pattern}(/.*)?$" if has_rest else f"^{pattern}$", wanted)


def _host(host: HostRewrite) -> route_v3.RouteAction:
    action = route_v3.RouteAction(append_x_forwarded_host=True)
    if host.literal:
        action.host_rewrite_literal = host.literal
    elif host.from_header:
        action.host_rewrite_header = host.from_header
    else:
        action.auto_host_rewrite.CopyFrom(protobuf.BoolValue(value=True))
    return action


POLICY = Policy(
    spec=Rewrite,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=BACKEND_TARGETS,
    compile=compile_rewrite,
)
