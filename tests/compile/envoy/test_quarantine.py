"""What stands in for a refused route: the last good one, or 503, or nothing; and its return when it is mended."""

import pytest

from crossway.compile.envoy.quarantine import Refused, digest
from crossway.daemon.pipeline import Pipeline
from crossway.model import Document
from plan.planning import pipeline

CONFIG = """
gateways: {edge: {listeners: {http: 8080}}}
services: {one: "http://127.0.0.1:1"}
routes:
  a: {matches: [{path: /a}], to: one}
  b: {matches: [{path: /b}], respond: {body: b}}
"""


def refused(plan: Pipeline, *, last_good: bytes | None = None, also: tuple[str, ...] = ()) -> Refused:
    (message,) = plan.compiled("a")
    return Refused(dict.fromkeys((digest(message), *also), "it is bad"), last_good)


def states(plan: Pipeline) -> dict[str, str]:
    return {row.route: row.state for row in plan.routes()}


def test_a_route_without_a_good_version_is_closed_and_says_why() -> None:
    plan = pipeline(CONFIG)
    plan.refuse({"a": refused(plan)})
    (finding,) = plan.findings()
    assert states(plan) == {"a": "closed: proxy.refused", "b": "live"}
    assert (finding.code, finding.field) == ("proxy.refused", "routes.a")
    assert "it is bad" in finding.message
    assert "503" in finding.hint
    (message,) = plan.compiled("a")
    assert message.direct_response.status == 503


def test_the_last_good_version_stands_in() -> None:
    plan = pipeline(CONFIG.replace("path: /a", "path: /old"))
    (good,) = plan.compiled("a")
    plan = pipeline(CONFIG)
    plan.refuse({"a": refused(plan, last_good=good.SerializeToString())})
    (message,) = plan.compiled("a")
    assert message == good
    assert states(plan) == {"a": "last good: proxy.refused", "b": "live"}


def test_what_cannot_even_be_closed_is_left_out() -> None:
    plan = pipeline(CONFIG)
    first = refused(plan)
    plan.refuse({"a": first})
    (closed,) = plan.compiled("a")
    plan.refuse({"a": Refused({**first.reasons, digest(closed): "its path is bad"})})
    assert states(plan) == {"a": "left out: proxy.refused", "b": "live"}
    assert plan.resources() != pipeline(CONFIG).resources()


@pytest.mark.parametrize(
    "mended",
    [
        CONFIG.replace("path: /a", "path: /mended"),
        CONFIG.replace("listeners: {http: 8080}", "listeners: {http: 8080}, policies: {timeout: {request: 1s}}"),
    ],
    ids=["by its own text", "by a policy from elsewhere"],
)
def test_a_route_is_back_when_anything_changes_what_was_refused(mended: str) -> None:
    plan = pipeline(CONFIG)
    plan.refuse({"a": refused(plan)})
    plan.adopt(plan.read([Document("c.yaml", mended)]))
    assert states(plan) == {"a": "live", "b": "live"}
    assert plan.findings() == ()


def test_a_service_that_no_proxy_takes_closes_the_routes_to_it() -> None:
    plan = pipeline(CONFIG)
    (service,) = [ref for ref in plan.loaded.resources if ref.kind == "services"]
    assert plan.give_up({service: "proxy.refused"})
    assert not plan.give_up({service: "proxy.refused"})
    assert states(plan) == {"a": "closed: reference.unusable", "b": "live"}
    plan.give_up({})
    assert states(plan) == {"a": "live", "b": "live"}


def test_watched_routes_are_counted_by_name() -> None:
    plan = pipeline(CONFIG)
    (service,) = [ref for ref in plan.loaded.resources if ref.kind == "services"]
    plan.watch(frozenset({service}))
    assert [message.stat_prefix for name in ("a", "b") for message in plan.compiled(name)] == ["a", ""]
    plan.watch(frozenset())
    assert [message.stat_prefix for message in plan.compiled("a")] == [""]
