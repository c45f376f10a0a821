"""``crossway status``: how a running Crossway is doing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from crossway.cli.remote import DEFAULT, ask
from crossway.cli.terminal import answer, answer_json, say
from crossway.errors import RemoteError

State = Mapping[str, Any]


def status(
    *,
    admin: str = DEFAULT,
    format: Literal["text", "json"] = "text",  # noqa: A002 - it is the name of the option
) -> int:
    """Say how a running Crossway is doing: its revision, its proxies, and what is wrong.

    Parameters
    ----------
    admin
        The admin address of the control plane, or of the proxy that joined one, to ask.
    format
        `text`, or `json`.

    """
    try:
        state: State = ask(admin, "/state")
    except RemoteError as error:
        say(str(error))
        return 1
    if format == "json":
        answer_json(state)
    else:
        for line in _joined(state) if "control" in state else _control(state):
            answer(line)
    return 0 if _is_well(state) else 1


def _is_well(state: State) -> bool:
    if "control" in state:
        return not state["trouble"]
    wrong = any(finding["severity"] == "error" for finding in state["findings"])
    return not state["refused"] and not wrong and all(_standing(proxy) == "live" for proxy in state["proxies"])


def _joined(state: State) -> Iterator[str]:
    yield f"joined the control plane at {state['control']}, {state['resources']} resources"
    if state["trouble"]:
        yield f"it cannot be reached: {state['trouble']}"


def _control(state: State) -> Iterator[str]:
    live = f"revision {state['revision']}" if state["revision"] else "the last good snapshot of an earlier run"
    yield f"{live} is live, {state['resources']} resources"
    if state["refused"]:
        yield "the newest configuration is REFUSED"
    for proxy in state["proxies"]:
        yield f"proxy {proxy['id']}: {_standing(proxy)} (view {proxy['view']}, from {proxy['address']})"
    if not state["proxies"]:
        yield "no proxy is connected"
    for finding in state["findings"]:
        yield _sentence(finding)


def _standing(proxy: State) -> str:
    if proxy["refused"]:
        return f"refused {', '.join(proxy['refused'])}"
    return "live" if proxy["live"] else "behind"


def _sentence(finding: State) -> str:
    place = ":".join(str(finding[part]) for part in ("file", "line", "column") if finding[part])
    field = f"{finding['path']}: " if finding["path"] else ""
    hint = f"; {finding['hint']}" if finding["hint"] else ""
    where = f"{place}: " if place else ""
    return f"{where}{finding['severity']}: {field}{finding['message']}{hint} [{finding['code']}]"
