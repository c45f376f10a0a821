"""Change with proof: what becomes of a changeset, with a real store and a real Envoy."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from crossway.admin.desk import Apply, Guard, State, StepName
from crossway.errors import Conflict
from crossway.model import Origin, Ref
from crossway.model.access import Identity, Role
from crossway.model.revision import Change, RevisionState
from harness import client
from harness.plane import Plane, plane
from harness.poison import policies
from harness.ports import free_port
from harness.waiting import until

SHOP = """
gateways: {edge: {listeners: {http: PORT}}}
routes:
  hello:
    matches: [{path: /hello}]
    respond: {body: hello}
"""
MORE = """
routes:
  more:
    matches: [{path: /more}]
    respond: {body: more}
  bad:
    matches: [{path: /bad}]
    respond: {body: bad}
    policies: {poison: {}}
"""
BAD, HELLO = Ref("routes", "bad"), Ref("routes", "hello")


class Shop:
    """A running control plane, and the port of its gateway."""

    def __init__(self, here: Plane, port: int) -> None:
        self.plane, self.port = here, port

    async def get(self, path: str) -> tuple[int, str]:
        answer = await client.request(self.port, path)
        return answer.status, answer.text

    async def number(self) -> int:
        return (await self.plane.stored.store.head()).number


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    port = free_port()
    async with plane(tmp_path, policies=policies()) as here:
        applied = await here.apply(SHOP.replace("PORT", str(port)), message="open")
        assert (applied.state, applied.revision, applied.live, applied.proxies) == (State.LIVE, 1, 1, 1)
        yield Shop(here, port)


async def test_a_change_is_live_when_it_says_so(shop: Shop) -> None:
    applied = await shop.plane.apply("routes: {more: {matches: [{path: /more}], respond: {body: more}}}")
    assert (await shop.get("/more"), await shop.get("/hello")) == ((200, "more"), (200, "hello"))
    assert [str(difference.ref) for difference in applied.differences] == ["routes.more"]
    names = [step.name for step in shop.plane.steps]
    order = [StepName.READ, StepName.COMPILE, StepName.VALIDATE, StepName.PROPOSE, StepName.PUSH, StepName.WAIT]
    assert list(dict.fromkeys(names)) == order
    assert shop.plane.steps[-1].text == "live on 1/1 proxies"
    newest, oldest = await shop.plane.stored.store.history(None, 10)
    assert (oldest.author, oldest.message, oldest.changed) == ("local:ada", "open", 2)
    assert (newest.number, newest.parent, newest.changed) == (2, 1, 1)


async def test_the_same_again_is_no_revision(shop: Shop) -> None:
    again = await shop.plane.apply(SHOP.replace("PORT", str(shop.port)))
    assert (again.state, again.revision) == (State.UNCHANGED, 1)


async def test_what_is_in_no_document_is_pruned_if_that_is_asked_for(shop: Shop) -> None:
    gateway = SHOP.replace("PORT", str(shop.port)).partition("routes:")[0]
    assert (await shop.plane.apply(gateway)).state is State.UNCHANGED
    applied = await shop.plane.apply(gateway, prune=True)
    assert [(str(item.ref), item.after) for item in applied.differences] == [("routes.hello", None)]
    assert (await shop.get("/hello"))[0] == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("routes: {hello: {respond: {body: x}, policies: {stranger: {}}}}", "policy.unknown"),
        ("routes: {hello: {to: nobody}}", "reference.dangling"),
        ("routes: [", "yaml.syntax"),
        ("routes: {hello: {respond: {body: '[redacted]'}}}", "secret.redacted"),
    ],
)
async def test_a_mistake_refuses_the_change_as_a_whole(shop: Shop, text: str, code: str) -> None:
    applied = await shop.plane.apply(text)
    assert (applied.state, applied.revision) == (State.REFUSED, 1)
    assert code in [finding.code for finding in applied.findings]
    assert await shop.get("/hello") == (200, "hello")
    assert shop.plane.control.state.findings == ()


FOREIGN = """
apiVersion: crossway.dev/v1alpha1
kind: Route
metadata: {name: hello}
spec:
  matches: [{path: /hello}]
  respond: {body: from abroad}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: more}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]
"""


async def test_documents_in_other_languages_are_translated(shop: Shop) -> None:
    applied = await shop.plane.apply(FOREIGN)
    assert (applied.state, applied.findings) == (State.LIVE, ())
    assert await shop.get("/hello") == (200, "from abroad")
    assert [str(difference.ref) for difference in applied.differences] == ["routes.hello", "routes.more_0"]
    assert (await shop.plane.apply(FOREIGN)).state is State.UNCHANGED


async def test_what_cannot_be_translated_refuses_the_change(shop: Shop) -> None:
    applied = await shop.plane.apply(FOREIGN.replace("statusCode: 301", "colour: red"))
    assert (applied.state, applied.revision) == (State.REFUSED, 1)
    (finding,) = applied.findings
    assert (finding.code, finding.origin and finding.origin.line) == ("field.unknown", 15)
    assert await shop.get("/hello") == (200, "hello")


async def test_a_dry_run_says_what_would_be_and_keeps_nothing(shop: Shop) -> None:
    applied = await shop.plane.apply("routes: {hello: {respond: {body: other}}}", dry_run=True)
    assert (applied.state, applied.revision, len(applied.differences)) == (State.VALID, 1, 1)
    assert await shop.get("/hello") == (200, "hello")
    assert await shop.number() == 1


async def test_what_only_envoy_refuses_is_put_aside_and_the_rest_goes_live(shop: Shop) -> None:
    applied = await shop.plane.apply(MORE)
    assert (applied.state, applied.quarantined) == (State.LIVE, (BAD,))
    assert await shop.get("/more") == (200, "more")
    status, body = await shop.get("/bad")
    assert (status, "proxy.refused" in body) == (503, True)
    assert [finding.code for finding in shop.plane.control.state.findings] == ["proxy.refused"]
    mended = await shop.plane.apply("routes: {bad: {matches: [{path: /bad}], respond: {body: mended}}}")
    assert (mended.state, mended.quarantined) == (State.LIVE, ())
    assert await shop.get("/bad") == (200, "mended")
    assert shop.plane.control.state.findings == ()


async def test_the_last_good_version_stands_in(shop: Shop) -> None:
    applied = await shop.plane.apply(
        "routes: {hello: {matches: [{path: /hello}], respond: {body: new}, policies: {poison: {}}}}"
    )
    assert (applied.state, applied.quarantined) == (State.LIVE, (HELLO,))
    assert await shop.get("/hello") == (200, "hello")


async def test_a_policy_of_the_gateway_that_poisons_its_routes_leaves_them_as_they_were(shop: Shop) -> None:
    gateway = f"gateways: {{edge: {{listeners: {{http: {shop.port}}}, policies: {{poison: {{}}}}}}}}"
    applied = await shop.plane.apply(gateway)
    assert (applied.state, applied.quarantined) == (State.LIVE, (HELLO,))
    assert await shop.get("/hello") == (200, "hello")


async def test_a_service_that_no_proxy_takes_closes_its_routes_and_no_others(shop: Shop) -> None:
    applied = await shop.plane.apply(
        """
services: {sick: {endpoints: ["127.0.0.1:1"], policies: {poison_service: {}}}}
routes: {sick: {matches: [{path: /sick}], to: sick}}
"""
    )
    assert (applied.state, Ref("services", "sick") in applied.quarantined) == (State.LIVE, True)
    status, body = await shop.get("/sick")
    assert (status, "reference.unusable" in body) == (503, True)
    assert await shop.get("/hello") == (200, "hello")


async def test_a_strict_change_is_refused_as_a_whole(shop: Shop) -> None:
    applied = await shop.plane.apply(MORE, strict=True)
    assert (applied.state, [finding.about for finding in applied.findings]) == (State.REFUSED, [BAD])
    assert (await shop.get("/more"))[0] == 404
    assert await shop.number() == 1


async def test_a_change_that_is_late_is_taken_back(shop: Shop) -> None:
    assert shop.plane.proxy is not None
    process = shop.plane.proxy.envoy.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    try:
        applied = await shop.plane.apply(
            "routes: {hello: {matches: [{path: /hello}], respond: {body: new}}}", timeout=timedelta(seconds=1)
        )
    finally:
        os.kill(process, signal.SIGCONT)
    assert (applied.state, applied.revision) == (State.ROLLED_BACK, 1)
    assert [finding.code for finding in applied.findings] == ["change.late"]
    assert "proxy envoy has not answered" in applied.findings[0].message
    assert await until(lambda: _says(shop, "hello"))
    refused = await shop.plane.stored.store.revision(2)
    assert (refused.state, "has not answered" in refused.reason) == (RevisionState.REFUSED, True)


async def test_a_change_that_ends_the_proxy_is_taken_back(shop: Shop) -> None:
    assert shop.plane.proxy is not None
    process = shop.plane.proxy.envoy.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    shop.plane.steps.clear()
    async with asyncio.TaskGroup() as tasks:
        change = "routes: {hello: {matches: [{path: /hello}], respond: {body: new}}}"
        applying = tasks.create_task(shop.plane.apply(change))
        await until(lambda: StepName.WAIT in {step.name for step in shop.plane.steps})
        os.kill(process, signal.SIGKILL)
        applied = await applying
    assert (applied.state, [finding.code for finding in applied.findings]) == (State.ROLLED_BACK, ["proxy.lost"])
    await until(lambda: _serves_again(shop))


async def _serves_again(shop: Shop) -> bool:
    try:
        return await shop.get("/hello") == (200, "hello")
    except OSError:
        return False


async def _says(shop: Shop, text: str) -> bool:
    return (await shop.get("/hello"))[1] == text


async def test_of_two_writers_one_is_told_what_changed(shop: Shop) -> None:
    first = await shop.plane.apply("routes: {hello: {matches: [{path: /hello}], respond: {body: one}}}", base=1)
    assert first.state is State.LIVE
    with pytest.raises(Conflict, match=r"routes\.hello"):
        await shop.plane.apply("routes: {hello: {matches: [{path: /hello}], respond: {body: two}}}", base=1)
    assert await shop.get("/hello") == (200, "one")


async def test_an_etag_decides_who_may_write(shop: Shop) -> None:
    (row,) = [row for row in shop.plane.stored.rows.values() if row.ref == HELLO]
    text = row.text.replace("body: hello", "body: changed")
    stale = Change(HELLO, text, Origin("here"), if_match="stale")
    with pytest.raises(Conflict):
        await shop.plane.ask(Apply(changes=(stale,)))
    applied = await shop.plane.ask(Apply(changes=(Change(HELLO, text, Origin("here"), if_match=row.etag),)))
    assert applied.state is State.LIVE
    assert await shop.get("/hello") == (200, "changed")


async def test_a_rollback_is_a_change_too(shop: Shop) -> None:
    await shop.plane.apply("routes: {hello: {matches: [{path: /hello}], respond: {body: new}}}")
    back = await shop.plane.desk.rollback(1, Apply(), Identity("ada", Role.ADMIN), lambda _: None)
    assert back.state is State.LIVE
    assert await shop.get("/hello") == (200, "hello")
    newest, _, oldest = await shop.plane.stored.store.history(None, 10)
    assert (newest.number, newest.digest, newest.message) == (3, oldest.digest, "back to revision 1")


async def test_a_change_that_makes_requests_fail_is_taken_back(shop: Shop) -> None:
    dead = free_port()
    change = f"""
services: {{dead: "http://127.0.0.1:{dead}"}}
routes: {{hello: {{matches: [{{path: /hello}}], to: dead}}}}
"""
    guard = Guard(5.0, timedelta(seconds=20))
    async with asyncio.TaskGroup() as tasks:
        applying = tasks.create_task(shop.plane.apply(change, guard=guard))
        await until(lambda: _fails(shop))
        load = tasks.create_task(_load(shop))
        applied = await applying
        load.cancel()
    assert applied.state is State.ROLLED_BACK
    assert applied.findings[0].code == "change.errors"
    assert await shop.get("/hello") == (200, "hello")


async def _fails(shop: Shop) -> bool:
    return (await shop.get("/hello"))[0] == 503


async def _load(shop: Shop) -> None:
    while True:
        await shop.get("/hello")


async def test_a_change_that_is_broken_off_is_taken_back(shop: Shop) -> None:
    assert shop.plane.proxy is not None
    process = shop.plane.proxy.envoy.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    shop.plane.steps.clear()
    async with asyncio.TaskGroup() as tasks:
        change = "routes: {hello: {matches: [{path: /hello}], respond: {body: new}}}"
        applying = tasks.create_task(shop.plane.apply(change))
        await until(lambda: StepName.WAIT in {step.name for step in shop.plane.steps})
        applying.cancel()
    os.kill(process, signal.SIGCONT)
    refused = await shop.plane.stored.store.revision(2)
    assert (refused.state, refused.reason) == (RevisionState.REFUSED, "it was interrupted")
    assert shop.plane.stored.head.number == 1
    await until(lambda: _says(shop, "hello"))
    assert (await shop.plane.apply(change)).state is State.LIVE
    assert await shop.get("/hello") == (200, "new")


async def test_a_start_serves_what_the_store_says(tmp_path: Path) -> None:
    port = free_port()
    async with plane(tmp_path, envoy=False) as here:
        assert (await here.apply(SHOP.replace("PORT", str(port)))).state is State.LIVE
    async with plane(tmp_path) as here:
        await until(lambda: here.control.server.proxies.outcome("*", here.control.server.snapshots["*"].version).live)
        assert here.control.state.revision == 1
        assert (await client.request(port, "/hello")).text == "hello"
