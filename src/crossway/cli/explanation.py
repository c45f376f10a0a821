"""Explanations as text: the first line says what happens, what follows says why. 80 columns are enough."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from crossway.cli.remote import Plain
from crossway.cli.terminal import is_coloured

WIDTH: Final = 80
_MARGIN: Final = 12
"""Where the text beside the headings begins."""


def render(explanation: Plain) -> str:
    """Return *explanation*, as plain data (`Explanation.as_dict`), as text for a terminal, without a break at its end.

    There are colours only where a person reads.
    """
    summary = (_bold(line) for line in _wrapped("", explanation["summary"], indent=2))
    lines = [f"{explanation['method']} {explanation['url']}", *summary, ""]
    for section in (_way, _depends, _access, _misses, _policies, _backend):
        found = list(section(explanation))
        lines += [*found, ""] if found else []
    return "\n".join(lines).rstrip()


def _way(explanation: Plain) -> Iterator[str]:
    """Yield listener, host and route."""
    door, taken = explanation["door"], explanation["taken"]
    if door:
        yield _line("listener", f"{door['gateway']}/{door['listener']} on {door['address']}:{door['port']}")
    if explanation["client_ip"]:
        yield _line("client", explanation["client_ip"])
    if explanation["path"] and not explanation["url"].endswith(explanation["path"]):
        yield _line("path", f"{explanation['path']} in normal form")
    if explanation["hostname"]:
        yield _line("host", explanation["hostname"])
    for other in explanation["passed_over"]:
        would = f", where {other['route']} would take it" if other["route"] else ""
        yield _line("", f"passed over {other['hostname']}: less specific{would}")
    if taken:
        number = f" (match {taken['match'] + 1})" if taken["match"] else ""
        yield _line("route", _beside(f"{taken['route']}{number}  {taken['path']}", taken["origin"]))
        if taken["state"]:
            yield from _wrapped("", taken["state"])


def _depends(explanation: Plain) -> Iterator[str]:
    for index, condition in enumerate(explanation["depends_on"]):
        yield _line("depends on" if index == 0 else "", condition)


def _access(explanation: Plain) -> Iterator[str]:
    for item in explanation["access"]:
        said = {"allowed": "lets it pass", "refused": "refuses it"}.get(item["outcome"])
        yield from _wrapped("access", f"{item['policy']} {said or 'depends on ' + ', '.join(item['depends_on'])}")


def _misses(explanation: Plain) -> Iterator[str]:
    misses = explanation["near_misses"]
    if misses:
        yield "near misses"
    for miss in misses:
        number = f" (match {miss['match'] + 1})" if miss["match"] else ""
        told = f"{miss['route']}{number}  {miss['path']}"
        yield f"  {_beside(told, miss['origin'], WIDTH - 2)}"
        yield from _wrapped("", miss["reason"], indent=4)
    if explanation["more_near_misses"]:
        yield f"  and {explanation['more_near_misses']} more"
    for other in explanation["elsewhere"]:
        yield f"  on another host, {other['hostname']}, {other['route']} would take it"


def _policies(explanation: Plain) -> Iterator[str]:
    """Yield the fields that somebody wrote; of the rest, the names of the policies."""
    policies = explanation["policies"] if explanation["taken"] else ()
    written = [item for item in policies if any(field["source"] != "default" for field in item["settings"])]
    if written:
        yield "policies"
    for policy in written:
        about = "" if policy["applies"] == "route" else f" ({policy['applies']})"
        yield f"  {_bold(policy['policy'])}{about}  from {policy['attached']}"
        for field in policy["settings"]:
            if field["source"] != "default":
                text = f"{field['field']} = {_value(field['value'])}" if field["field"] else str(field["value"])
                yield f"    {_beside(text, field['origin'] or field['source'], WIDTH - 4)}"
    default = sorted({item["policy"] for item in policies} - {item["policy"] for item in written})
    if default:
        yield from _wrapped("  default", ", ".join(default))


def _backend(explanation: Plain) -> Iterator[str]:
    effect = explanation["effect"]
    if not effect or not explanation["taken"]:
        return
    if "services" not in effect:
        yield "answer"
        yield f"  {effect['status']}"
        yield from (f"  {name}: {value}" for name, value in effect["headers"].items())
        return
    yield "to the backend"
    yield f"  {effect['method']} {effect['target']}"
    yield from (f"  {name}: {value}" for name, value in {"host": effect["host"], **effect["headers"]}.items())
    for edit in effect["response_edits"]:
        yield f"  answer: {edit}"
    yield from (f"  {name}: {value}" for name, value in effect["settings"].items())
    for mirror in effect["mirrors"]:
        yield f"  copy to {mirror['service']}: {mirror['percent']:g}%"
    for target in explanation["targets"]:
        yield ""
        yield from _service(target)


def _service(target: Plain) -> Iterator[str]:
    share = "" if target["percent"] == 100 else f", {target['percent']:.3g}% of the requests"
    subset = f":{target['subset']}" if target["subset"] else ""
    yield _line("service", f"{target['service']}{subset}{share}")
    count = target["endpoints"]
    yield _line("", f"{target['algorithm']} among {count} endpoint{'' if count == 1 else 's'}")
    if len(target["priorities"]) > 1:
        yield _line("", "priorities " + ", ".join(f"{key}: {number}" for key, number in target["priorities"].items()))
    zones = {zone or "none": number for zone, number in target["zones"].items()}
    if zones.keys() - {"none"}:
        yield _line("", "zones " + ", ".join(f"{zone}: {number}" for zone, number in zones.items()))
    yield from (_line("", note) for note in target["notes"])
    yield from (_line("", f"has no endpoints now: {code}") for code in target["findings"])


def _line(heading: str, text: str) -> str:
    return f"{heading:<{_MARGIN}}{text}"


def _wrapped(heading: str, text: str, *, indent: int = _MARGIN) -> Iterable[str]:
    first = f"{heading:<{indent}}"
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * indent, break_on_hyphens=False)


def _beside(text: str, origin: str, width: int = WIDTH - _MARGIN) -> str:
    """Return *text* with *origin* at the right margin, where there is room for it."""
    gap = width - len(text) - len(origin)
    return f"{text}{' ' * max(gap, 2)}{origin}" if origin else text


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else str(value)


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if is_coloured() else text
