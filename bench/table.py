"""The table: a line for each thing measured, as Markdown for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured, or that could not be."""

    what: str
    value: float | None
    """`None` if it could not be measured; `detail` says why."""
    unit: str
    bound: float | None = None
    """What it may be at most; `None` where nothing is asked of it."""
    detail: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the value keeps the bound, if there are both."""
        return None if self.value is None or self.bound is None else self.value <= self.bound


@dataclass(frozen=True, slots=True)
class PeerLine:
    """What one gateway costs for the same work: microseconds, milliseconds, MB."""

    name: str
    plain_us: float | None = None
    plain_p99_ms: float | None = None
    policies_us: float | None = None
    policies_ratio: float | None = None
    """Under the stack of policies, or what the gateway has of it, against plain."""
    routes_us: float | None = None
    routes_p99_ms: float | None = None
    rss_mb: float | None = None
    edit_ms: float | None = None
    detail: str = ""
    """The version, and how its configuration is changed; or why it could not be measured."""


_FIGURES: Final = {
    "plain_us": "CPU us, 10 routes",
    "plain_p99_ms": "p99 ms",
    "policies_us": "CPU us, the same under the stack of policies",
    "policies_ratio": "x",
    "routes_us": "CPU us, 1,000 routes, the last one",
    "routes_p99_ms": "p99 ms",
    "rss_mb": "RSS MB",
    "edit_ms": "edit to first answer ms",
}
"""The figures of a peer, and the heads of their columns."""


@dataclass(slots=True)
class Report:
    """Everything that one run found out."""

    machine: Mapping[str, str]
    lines: list[Line] = field(default_factory=list)
    peers: list[PeerLine] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the tables."""
        about = "; ".join(f"{key}: {value}" for key, value in self.machine.items())
        parts = [about, _table(("what", "measured", "bound", "reached", "how"), map(_cells, self.lines))]
        if self.peers:
            parts.append(_table(("gateway", *_FIGURES.values(), "how"), map(_peer_cells, self.peers)))
        return "\n\n".join(parts) + "\n"

    def write(self, directory: Path) -> None:
        """Write ``latest.md`` and ``latest.json`` into *directory*."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "latest.md").write_text(self.markdown())
        lines = [{**asdict(line), "reached": line.reached} for line in self.lines]
        data = {"machine": self.machine, "lines": lines, "peers": [asdict(peer) for peer in self.peers]}
        (directory / "latest.json").write_text(json.dumps(data, indent=2) + "\n")


def spread(values: Sequence[float]) -> str:
    """Return the median, the extremes and the number of *values*, as text."""
    return f"median {_number(median(values))}, {_number(min(values))} to {_number(max(values))}, n={len(values)}"


def _cells(line: Line) -> tuple[str, ...]:
    value = "not measured" if line.value is None else f"{_number(line.value)} {line.unit}"
    bound = "" if line.bound is None else f"<= {_number(line.bound)} {line.unit}"
    reached = {None: "", True: "yes", False: "**no**"}[line.reached]
    return line.what, value.strip(), bound.strip(), reached, line.detail


def _peer_cells(peer: PeerLine) -> tuple[str, ...]:
    figures: list[float | None] = [getattr(peer, name) for name in _FIGURES]
    return peer.name, *("" if figure is None else _number(figure) for figure in figures), peer.detail


def _number(value: float) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = (head, ["---"] * len(head), *escaped)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
