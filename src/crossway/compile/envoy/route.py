"""Routes: one Envoy route for each match of a route and each door it is reached through."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from crossway.compile.contract import Fragment, GenericSecret, Site
from crossway.compile.envoy import names, python, spans
from crossway.compile.envoy.answer import answer, closed
from crossway.compile.envoy.backend import forward
from crossway.compile.envoy.cluster import service_fragments
from crossway.compile.envoy.fragments import Need, compile_policies, conflict, overwrite_slot, policies
from crossway.compile.envoy.match import compile_match
from crossway.compile.envoy.merge import merge
from crossway.compile.envoy.quarantine import REFUSED, CompiledRoute, admitted
from crossway.compile.prefix import replace_prefix
from crossway.compile.program import Entry
from crossway.memo import Read, Table
from crossway.model import BackendProtocol, Finding, PathMatch, Redirect, Ref, Service
from crossway.plan.attachment import Target
from crossway.plan.gateway import ListenerPlan, plan_gateway
from crossway.plan.route import Door, RoutePlan, plan_route, route_policies
from crossway.plan.tables import LACKING, resource
from crossway.protos import pack
from crossway.protos.envoy.config.route import v3 as route_v3

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

WATCHED: Table[Ref, bool] = Table("watched routes")
"""Routes that are counted one by one, under their names: for a while, since each costs memory in every proxy."""


def compile_route(read: Read, ref: Ref, index: int, door: Door) -> CompiledRoute:
    """Return the Envoy route of match *index* of the route *ref*, as it is reached through *door*."""
    compiled = _compile(read, ref, index, door)
    refused = read.input(REFUSED, compiled.message.name)
    return admitted(compiled, refused, ref) if refused is not None else compiled


def _compile(read: Read, ref: Ref, index: int, door: Door) -> CompiledRoute:
    plan = read(plan_route, ref)
    assert plan is not None, f"{ref} was placed without a plan"
    match = plan.route.matches[index]
    head = route_v3.Route(name=names.route(ref, index), match=compile_match(match))
    finding = plan.closed
    secrets: frozenset[GenericSecret] = frozenset()
    if finding is None:
        listener = _listener(read, door)
        client = listener.settings.tls.client if listener.settings.tls else None
        http2 = any(_speaks_http2(read, backend.service) for backend in plan.backends if backend.service)
        site = Site(
            ref,
            ref.namespace,
            match.effective_path,
            door.listener,
            secure=listener.settings.tls is not None,
            unverified=client is not None and not client.verify,
            http2=http2,
            forwards=bool(plan.route.to),
        )
        result = _open(read, plan, door, site, listener, names.behind(ref, index, door.listener))
        if isinstance(result, Finding):
            finding = result
        else:
            message, entry, needs, secrets = result
            finding = next((_lacking(secret) for secret in secrets if read.input(LACKING, secret.name)), None)
            if finding is None:
                native = behind = None
                if entry.steps:
                    native = route_v3.Route(name=head.name, match=head.match)
                    native.MergeFrom(message)
                    behind = python.inner(native)
                    span = spans.said(read(spans.undisclosed_share, door), message)
                    message = python.outer(message, entry, span)
                head.MergeFrom(message)
                if read.input(WATCHED, ref):
                    head.stat_prefix = head.name
                return CompiledRoute(head, None, needs=needs, secrets=secrets, inner=behind, native=native)
    head.MergeFrom(closed(finding))
    return CompiledRoute(head, finding, secrets=secrets)


def _lacking(secret: GenericSecret) -> Finding:
    hint = "put it with `crossway secrets put`, into the store of a control plane"
    return Finding("secret.missing", "there is no such secret", about=secret.about, path=secret.path, hint=hint)


def _listener(read: Read, door: Door) -> ListenerPlan:
    gateway = read(plan_gateway, door.gateway)
    return next(listener for listener in (gateway.listeners if gateway else ()) if listener.name == door.listener)


def _open(
    read: Read, plan: RoutePlan, door: Door, site: Site, listener: ListenerPlan, word: str
) -> tuple[route_v3.Route, Entry, frozenset[Need], frozenset[GenericSecret]] | Finding:
    """Return what the route does with a request, with everything its policies add and need; or why it cannot."""
    fragments, findings = compile_policies(read, Target.ROUTE, read(route_policies, plan.ref, door), site)
    if findings:
        return findings[0]
    route = plan.route
    if route.redirect:
        target = route_v3.Route(
            redirect=compile_redirect(route.redirect, site.path, secure=site.secure, port=listener.settings.port)
        )
    elif route.respond:
        target = answer(route.respond.status, route.respond.body, route.respond.content_type)
    elif route.answering:
        target = answer(503, "", "")  # never reached, since a policy answers
    else:
        forwarded = forward(read, plan, door, site, fragments)
        if isinstance(forwarded, Finding):
            return forwarded
        action, fragments = forwarded
        target = route_v3.Route(route=action)
        for service in dict.fromkeys(backend.service for backend in plan.backends if backend.service):
            fragments |= {
                f"{service.local}.{name}": replace(fragment, per_route={})
                for name, fragment in read(service_fragments, service).items()
                if fragment.route is not None
            }
    per_route: dict[str, Message] = {}
    needs: set[Need] = set()
    for name, fragment in fragments.items():
        if (field := _place(target, per_route, fragment)) is not None:
            return conflict(name, field, site)
        needs.update(
            Need(shared, part.SerializeToString(deterministic=True)) for shared, part in fragment.shared.items()
        )
    for name, settings in per_route.items():
        target.typed_per_filter_config[names.http_filter(name)].CopyFrom(pack(settings))
        needs.add(Need(name))
    if target.WhichOneof("action") == "route" and not target.route.HasField("timeout"):
        # Envoy ends a request after 15 s if nobody says otherwise; ours ends by its idle time, or by a policy.
        target.route.timeout.FromTimedelta(timedelta())
    overwrite_slot("route", target, fragments)
    secrets = frozenset(secret for fragment in fragments.values() for secret in fragment.secrets)
    cluster = names.inner(listener.table.gateway, listener.table.name)
    entry, needed = python.entry(fragments, read(policies), plan.ref, cluster, word)
    return target, entry, frozenset(needs | needed if entry.steps else needs), secrets


def _speaks_http2(read: Read, ref: Ref) -> bool:
    """Return whether a service may speak more than HTTP/1.1."""
    service = resource(read, Service, ref)
    return service is not None and service.protocol is not BackendProtocol.HTTP1


def _place(target: route_v3.Route, per_route: dict[str, Message], fragment: Fragment) -> str | None:
    """Merge *fragment* into the route and its filters; return the field on which it differs from what is there."""
    if fragment.route is not None:
        part = fragment.route
        if target.WhichOneof("action") != "route" and part.HasField("route"):
            part = route_v3.Route()
            part.CopyFrom(fragment.route)
            part.ClearField("route")
        if (field := merge(target, part)) is not None:
            return field
    for name, settings in fragment.per_route.items():
        there = per_route.setdefault(name, type(settings)())
        if (field := merge(there, settings)) is not None:
            return f"{name}.{field}"
    return None


def compile_redirect(redirect: Redirect, path: PathMatch, *, secure: bool, port: int) -> route_v3.RedirectAction:
    """Return the redirect of a request that came with TLS (*secure*) to *port*."""
    codes = route_v3.RedirectAction.RedirectResponseCode
    action = route_v3.RedirectAction(
        response_code={
            301: codes.MOVED_PERMANENTLY,
            302: codes.FOUND,
            303: codes.SEE_OTHER,
            307: codes.TEMPORARY_REDIRECT,
            308: codes.PERMANENT_REDIRECT,
        }[redirect.status],
        strip_query=not redirect.keep_query,
    )
    if redirect.scheme:
        action.scheme_redirect = redirect.scheme
    if redirect.hostname:
        action.host_redirect = redirect.hostname
    before = "https" if secure else "http"
    scheme = redirect.scheme or before
    wanted = redirect.port or (DEFAULT_PORTS[scheme] if redirect.scheme else port)
    # Envoy keeps the port of the Host header, which names one exactly where the port is not the default.
    if wanted != DEFAULT_PORTS[scheme] or (port != DEFAULT_PORTS[before] and not redirect.hostname):
        action.port_redirect = wanted
    if redirect.path is not None:
        action.path_redirect = redirect.path
    elif redirect.path_prefix is not None:
        action.regex_rewrite.CopyFrom(replace_prefix(path, redirect.path_prefix))
    return action
