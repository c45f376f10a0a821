"""``crossway status``: how a running Crossway is doing, or what a controller would say of the objects in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from crossway.cli.finding import is_error, sentence
from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import answer, answer_json, say
from crossway.errors import RemoteError


def status(
    config: Path | None = None,
    /,
    *,
    format: Literal["text", "json", "yaml"] = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Say how a running Crossway is doing: its revision, its proxies, and what is wrong.

    Of a file with objects of Kubernetes it says what a controller would write into their status.

    Parameters
    ----------
    config
        Tell the status of the objects in this file or directory instead of asking a running Crossway.
    format
        `text`, `json`, or `yaml`.
    where
        Which Crossway is asked.

    """
    if config is not None:
        from crossway.cli.object_status import show_status  # slow, and not needed where a running Crossway is asked

        return 0 if show_status(config, format) else 1
    try:
        with crossway(where, alone=False) as asked:
            state = asked.ask("/v1/status")
    except RemoteError as error:
        say(str(error))
        return 1
    if format == "json":
        answer_json(state)
    elif format == "yaml":
        from crossway.dialects.native.render import render_yaml  # slow as well

        answer(render_yaml(state).removesuffix("\n"))
    else:
        for line in _joined(state) if "control" in state else _control(state):
            answer(line)
    return 0 if _is_well(state) else 1


def _is_well(state: Plain) -> bool:
    if "control" in state:
        return not state["trouble"]
    wrong = any(map(is_error, state["findings"]))
    return not state["refused"] and not wrong and all(_standing(proxy) == "live" for proxy in state["proxies"])


def _joined(state: Plain) -> Iterator[str]:
    yield f"joined the control plane at {state['control']}, {state['resources']} resources"
    if state["trouble"]:
        yield f"it cannot be reached: {state['trouble']}"


def _control(state: Plain) -> Iterator[str]:
    live = "the last good snapshot of an earlier run" if state["last_good"] else f"revision {state['revision']}"
    yield f"{live} is live, {state['resources']} resources"
    if state["refused"]:
        yield "the newest configuration is REFUSED"
    for proxy in state["proxies"]:
        yield f"proxy {proxy['id']}: {_standing(proxy)} (view {proxy['view']}, from {proxy['address']})"
    if not state["proxies"]:
        yield "no proxy is connected"
    for finding in state["findings"]:
        yield sentence(finding)


def _standing(proxy: Plain) -> str:
    if proxy["refused"]:
        return f"refused {', '.join(refused['resource'] or refused['message'] for refused in proxy['refused'])}"
    if proxy["live"]:
        return "live"
    return f"behind, warming {', '.join(proxy['warming'])}" if proxy["warming"] else "behind"
