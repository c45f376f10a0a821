"""One pass over a log: what it remembers changes nothing, and it remembers little."""

import gc
from pathlib import Path

import pytest

from crossway.daemon.replay import Replay, run
from daemon.replay.scene import NOT_FOUND, line, side

BEFORE = "routes: {orders: {matches: [{path: /orders/*}], to: one}}"
AFTER = "routes: {orders: {matches: [{path: /orders/*}], to: one}, seven: {matches: [{path: /orders/7}], to: two}}"


def replayed(lines) -> Replay:
    replay = Replay(side(BEFORE), side(AFTER))
    replay.run(filter(None, map(replay.log.record, lines)))
    return replay


@pytest.mark.parametrize("remembered", [1, 3, 1 << 15])
def test_what_is_remembered_changes_nothing(monkeypatch, remembered):
    monkeypatch.setattr(run, "REMEMBERED", remembered)
    lines = [line(path=f"/orders/{number % 9}", consumer=f"c{number % 2}") for number in range(100)]
    tally = replayed([*lines, line(path="/x", **NOT_FOUND)]).tally
    assert (tally.requests, tally.unchanged, tally.changed) == (101, 90, 11)
    assert [(one.name, one.requests, one.changed) for one in tally.consumers] == [
        ("c1", 50, 6),
        ("c0", 50, 5),
        ("-", 1, 0),
    ]


def test_a_line_is_known_again_only_if_all_that_matters_is_the_same():
    lines = [line(), line(route="other"), line(method="PUT"), line(host="b.example"), line(sni="x", tls_version="T")]
    assert replayed(lines).tally.mismatches.requests == 2


def rss() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def test_memory_does_not_grow_with_the_log(monkeypatch):
    monkeypatch.setattr(run, "REMEMBERED", 500)
    replay = Replay(side(BEFORE), side(AFTER))

    def lines(start: int, end: int):
        for number in range(start, end):
            yield replay.log.record(
                line(
                    path=f"/orders/{number}" + "x" * 500,
                    route="orders" if number % 2 else f"r{number}",
                    consumer=f"consumer-{number}",
                    host=f"h{number}.example",
                    request_id=f"{number:x}",
                )
            )

    replay.run(lines(0, 6_000))
    before = rss()
    replay.run(lines(6_000, 24_000))
    assert rss() - before < 6
    assert replay.tally.requests == 24_000
