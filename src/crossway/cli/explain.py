"""``crossway explain``: what becomes of a request, and why; or what became of one that happened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from crossway.cli.explanation import render
from crossway.cli.options import HERE, Where
from crossway.cli.remote import HEAD, Plain, crossway, revision
from crossway.cli.terminal import answer, answer_json, say
from crossway.errors import UserError

if TYPE_CHECKING:  # all of it is slow to import, and not needed where a running Crossway explains
    from crossway.daemon.pipeline import Pipeline
    from crossway.daemon.replay import Side
    from crossway.simulation.request import Request
    from crossway.telemetry.access_log import Record, Variables


def explain(
    method: str = "",
    url: str = "",
    /,
    *,
    header: Annotated[tuple[str, ...], Parameter(name=["--header", "-H"], negative="")] = (),
    client_ip: str = "",
    listener: str = "",
    at: Annotated[str, Parameter(name="--revision")] = HEAD,
    config: Path | None = None,
    request_id: str = "",
    log: Annotated[tuple[Path, ...], Parameter(negative="", allow_leading_hyphen=True)] = (),
    format: Literal["text", "json"] = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """Say what becomes of a request, and why: listener, host, route, near misses, policies and where each is written.

    Nothing is sent. With --request-id it is a request that happened, as far as the access log knows it.

    Parameters
    ----------
    method
        The method, such as GET.
    url
        The URL; its scheme and host choose the listener.
    header
        A header of the request, as `name: value`; may be given several times.
    client_ip
        Where the request comes from; this machine without it.
    listener
        The listener that it comes to, as `gateway/listener`, rather than the one that fits the URL.
    at
        Explain it in this revision; `head` is the newest that is live.
    config
        Explain it in this file or directory instead.
    request_id
        Explain the request with this id, from its line in the access log, instead.
    log
        An access log, plain or compressed with gzip, `-` for standard input; may be given several times.
    format
        `text` for people, or `json`.
    where
        Which Crossway is asked.

    """
    if request_id:
        if method or header or not log:
            raise UserError("say where the request is: crossway explain --request-id ID --log access.log")
        happened = _happened(_pipeline(config, at, where), request_id, log, listener)
        _tell(happened, happened["explanation"], format, _in_the_log(happened["log"]))
        return
    if not url:
        raise UserError("say which request: crossway explain GET https://api.example/orders -H 'x-tenant: a'")
    headers = [_header(text) for text in header]
    if config is None:
        question: dict[str, object] = {"method": method, "url": url, "headers": headers, "listener": listener}
        if client_ip:
            question["client_ip"] = client_ip
        if revision(at) != HEAD:
            question["revision"] = int(at)
        with crossway(where) as asked:
            explained = asked.send("POST", "/v1/explain", question)
    else:
        explained = _explained(_pipeline(config, at, where), _request(method, url, headers, client_ip, listener))
    _tell(explained, explained, format)


def _tell(said: Plain, explained: Plain, style: Literal["text", "json"], *before: str) -> None:
    if style == "json":
        answer_json(said)
        return
    for line in before:
        answer(line)
    answer(render(explained))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UserError(f"{text!r} is no header; write it like 'x-tenant: a'")
    return name.strip(), value.strip()


def _request(method: str, url: str, headers: Iterable[tuple[str, str]], client_ip: str, listener: str) -> Request:
    from crossway.simulation.request import Request

    try:
        return Request.to(url, method, headers, client_ip=client_ip or None, listener=listener or None)
    except ValueError as error:
        raise UserError(str(error)) from None


def _pipeline(config: Path | None, at: str, where: Where) -> Pipeline:
    """Return the configuration to explain with: the file or directory, or else the revision."""
    from crossway.cli.opening import open_revision, open_told

    return open_told(config).pipeline if config else open_revision(revision(at), where)


def _explained(pipeline: Pipeline, request: Request) -> Plain:
    from crossway.daemon.explaining import origin_in
    from crossway.simulation.explain import explain as explain_in

    return explain_in(pipeline.ask, lambda ref, path: origin_in(pipeline, ref, path), request).as_dict()


def _happened(pipeline: Pipeline, request_id: str, logs: tuple[Path, ...], listener: str) -> Plain:
    """Return what the log says of a request, and why it came to that in the configuration of *pipeline*."""
    from crossway.daemon.replay import Side
    from crossway.telemetry.access_log import as_request, find_request

    side = Side(pipeline)
    found = find_request(logs, request_id, side.fields)
    if found is None:
        raise UserError(f"no request {request_id} is in {', '.join(map(str, logs))}")
    record, variables = _as_it_came(found.record, found.variables, side)
    port = None if listener else record.port
    request = as_request(record, variables, knows_query=side.knows_query, listener=listener or None, port=port)
    return {"log": found.fields, "explanation": _explained(pipeline, request)}


def _as_it_came(record: Record, variables: Variables, side: Side) -> tuple[Record, Variables]:
    """Return what the log says, with what the client asked for in the place of what its route has replaced."""
    original = side.original(record.route) if record.route else None
    undone = original.undone(record, variables) if original else (record, variables)
    if undone is None:
        say(f"the log has what {record.route} made of the path and the host, and what was asked for is not known")
        return record, variables
    return undone


def _in_the_log(fields: Plain) -> str:
    """Return in a line what the log says became of a request."""
    said = [
        str(fields.get("time") or "once"),
        str(fields.get("status")),
        *(str(fields[name]) for name in ("flags", "details") if fields.get(name)),
        *(f"{name} {fields[name]}" for name in ("route", "service", "endpoint") if fields.get(name)),
    ]
    if fields.get("duration_ms") is not None:
        said.append(f"{fields['duration_ms']} ms")
    return f"{said[0]}: {', '.join(said[1:])}"
