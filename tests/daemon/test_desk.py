"""Desks: one that follows files shows and refuses to write; one with a store shows nobody what is not theirs."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from crossway.admin.desk import Apply, Guard, Question, State, Step
from crossway.compile.program import Purge
from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane
from crossway.daemon.desk import ControlDesk, StoreDesk
from crossway.daemon.following import Following
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.purging import Purging
from crossway.errors import NotFound, UserError
from crossway.fleet.envoy_admin import RouteCount
from crossway.identity.secrets import SecretLane
from crossway.model import Origin, Ref
from crossway.model.access import Identity, Role
from crossway.model.revision import Change, RevisionState
from crossway.sources.files import Files
from crossway.sources.store import Store
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from harness.plane import ADA, Plane, plane
from harness.poison import policies

SHOP = """\
gateways:
  edge: {listeners: {http: 8080}, policies: {timeout: {request: 9s}}}
namespaces:
  blue:
    services: {api: "http://127.0.0.1:1"}
    routes:
      api: {gateways: [default/edge], hostnames: [blue.test], to: api, policies: {retry: {attempts: 2}}}
  red:
    policies: {timeout: {request: 7s}}
    services: {api: "http://127.0.0.1:2"}
    routes:
      hidden: {gateways: [default/edge], hostnames: [red.test], to: api}
"""
LOST = "      lost: {gateways: [default/edge], hostnames: [lost.blue.test], to: red/nothing}\n"
BROKEN = "      broken: {gateways: [default/edge], hostnames: [red.test], matches: [{path: /b}], to: nothing}\n"
PAIR = "certificates:\n  web: {certificate: /no/such.pem, key: very-secret}\n"
MISTAKEN = SHOP.replace("  red:\n", f"{LOST}  red:\n") + BROKEN + PAIR
EDITED = """\
namespaces:
  blue: {routes: {api: {gateways: [default/edge], hostnames: [blue.test], respond: {body: new}}}}
  red: {routes: {hidden: {gateways: [default/edge], hostnames: [red.test], respond: {body: new}}}}
"""
EDIT = Apply(changes=(Change(Ref("routes", "api", "blue"), None, Origin("here")),))
BLUE = Identity("token:blue", Role.OPERATOR, frozenset({"blue"}))
DEFAULT = Identity("token:default", Role.OPERATOR, frozenset({"default"}))
API, HIDDEN = Ref("routes", "api", "blue"), Ref("routes", "hidden", "red")
KEY, RED_KEY = Ref("secrets", "key", "blue"), Ref("secrets", "key", "red")
OURS = ["namespaces.blue", "routes.blue/api", "services.blue/api"]


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[ControlDesk]:
    """Give the desk of a control plane that follows a file with mistakes in it."""
    await asyncio.to_thread((tmp_path / "shop.yaml").write_text, MISTAKEN)
    lane = SecretLane(watch)
    control = ControlPlane(Pipeline(policies()), lane, Archives(tmp_path), ControlMetrics(), lambda _: None)
    following = Following(control, Files(tmp_path / "shop.yaml"), lambda _: None)
    await following.start()
    store = await Store.open(f"sqlite:///{tmp_path}/store.db", lambda: datetime.now(UTC))
    yield ControlDesk(control, following, policies(), Purging(control, store, lambda: datetime.now(UTC)))
    await store.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Plane]:
    """Return a control plane on a store, in which revision 1 is the shop."""
    async with plane(tmp_path, envoy=False, policies=policies()) as made:
        assert (await made.apply(SHOP)).state is State.LIVE
        yield made


def names(found: Iterable[object]) -> list[str]:
    return sorted(str(one.ref) for one in found)


def unheard(_step: Step) -> None:
    """Listen to nothing."""


async def wrong(desk: ControlDesk, who: Identity) -> list[str]:
    return sorted(f"{finding.code} {finding.field}" for finding in await desk.findings(who))


# Files


async def test_files_are_changed_where_they_are(files: ControlDesk) -> None:
    for writing in (
        files.apply(Apply(), ADA, unheard),
        files.rollback(1, Apply(), ADA, unheard),
        files.put_secret(ADA, KEY, "x"),
        files.delete_secret(ADA, KEY),
    ):
        with pytest.raises(UserError, match=r"follows files, .*: change the files"):
            await writing
    assert await files.secrets(ADA) == []


async def test_of_files_one_revision_is_known(files: ControlDesk) -> None:
    head = await files.revision()
    assert (head.number, await files.revision(1)) == (1, head)
    assert [await files.revisions(None, 10), await files.revisions(2, 10)] == [[head], [head]]
    assert [await files.revisions(1, 10), await files.revisions(None, 0)] == [[], []]
    assert await files.difference(ADA, 1, 1) == []
    for asking in (
        files.revision(2),
        files.rows(ADA, 2),
        files.difference(ADA, 1, 2),
        files.explain(ADA, Question("GET", "http://blue.test:8080/", revision=2)),
    ):
        with pytest.raises(NotFound, match="no revision 2 here"):
            await asking


async def test_rows_of_files_know_their_place_and_their_secrets_are_not_shown(files: ControlDesk) -> None:
    row = await files.row(ADA, Ref("certificates", "web"))
    assert str(row.origin).endswith("shop.yaml:16:3")
    assert files.value(row) == {"certificate": "/no/such.pem", "key": "[redacted]"}
    assert "very-secret" not in files.text(row)
    assert files.text(await files.row(ADA, API)).startswith("  api:")


async def test_what_is_wrong_is_told_to_whom_it_concerns(files: ControlDesk) -> None:
    assert len(await files.findings(ADA)) > len(await files.findings(BLUE)) == 1
    (finding,) = await files.findings(BLUE)
    assert (finding.code, finding.about) == ("reference.dangling", Ref("routes", "lost", "blue"))
    status = await files.status(BLUE)
    assert status["findings"] == [finding.as_dict()]
    assert "hidden" not in json.dumps(status)
    assert (status["revision"], status["proxies"]) == (1, [])


async def test_what_proxies_are_given_is_shown_without_secrets(files: ControlDesk) -> None:
    given = json.dumps(await files.xds("*"))
    assert "edge/0.0.0.0:8080" in given
    assert "very-secret" not in given
    with pytest.raises(NotFound, match=r"there are: \*"):
        await files.xds("nowhere")


# Who is bound


async def test_who_is_bound_sees_their_namespaces_and_what_is_said_of_these(here: Plane, files: ControlDesk) -> None:
    assert names(await files.rows(BLUE)) == sorted([*OURS, "routes.blue/lost"])
    assert names(await here.desk.rows(BLUE)) == names(await here.desk.rows(BLUE, 1)) == OURS
    assert names(await here.desk.rows(DEFAULT)) == ["gateways.edge"]
    assert len(await here.desk.rows(ADA)) == len(here.stored.rows)


@pytest.mark.parametrize(
    "ref", [HIDDEN, Ref("namespaces", "red"), Ref("gateways", "edge"), Ref("routes", "no", "blue")]
)
async def test_what_is_of_others_is_not_there(files: ControlDesk, ref: Ref) -> None:
    for asking in (files.row(BLUE, ref), files.effective(BLUE, ref)):
        with pytest.raises(NotFound, match=f"^there is no {ref}$"):
            await asking
    assert (await files.row(BLUE, API)).ref == API


async def test_who_is_bound_is_told_of_no_request_and_no_route_of_others(files: ControlDesk) -> None:
    assert {row["route"] for row in await files.routes(BLUE)} == {"blue/api", "blue/lost"}
    assert {"red/hidden"} < {row["route"] for row in await files.routes(ADA)}
    asked = Question("GET", "http://red.test:8080/")
    assert (await files.explain(ADA, asked))["summary"] == "route red/hidden forwards it to red/api"
    assert "red/" not in json.dumps(await files.explain(BLUE, asked))


async def test_a_policy_of_others_holds_and_is_not_named(files: ControlDesk) -> None:
    def held(sites: Sequence[Mapping[str, object]]) -> Mapping[str, str]:
        written = (policy for policy in sites[0]["policies"] if policy["attached"] != "default")
        return {policy["policy"]: policy["attached"] for policy in written}

    assert held(await files.effective(ADA, API)) == {"retry": "routes.blue/api", "timeout": "gateways.edge"}
    assert held(await files.effective(BLUE, API)) == {"retry": "routes.blue/api", "timeout": "another namespace"}


async def test_differences_are_those_of_ones_own(here: Plane) -> None:
    assert (await here.apply(EDITED)).state is State.LIVE
    assert names(await here.desk.difference(BLUE, 1, 2)) == ["routes.blue/api"]
    assert {"routes.blue/api", "routes.red/hidden"} <= set(names(await here.desk.difference(ADA, 1, 2)))


async def test_who_is_bound_prunes_what_is_theirs(here: Plane) -> None:
    (edge,) = await here.desk.rows(DEFAULT)
    assert (await here.apply(f"gateways:\n{edge.text}", DEFAULT, prune=True)).state is State.UNCHANGED
    applied = await here.apply("namespaces: {blue: {}}", BLUE, prune=True)
    assert (applied.state, set(names(applied.differences)) - {"namespaces.blue"}) == (State.LIVE, set(OURS[1:]))
    assert set(names(await here.desk.rows(ADA))) >= {"gateways.edge", "namespaces.red", "routes.red/hidden"}


async def test_secrets_of_others_are_not_there(here: Plane) -> None:
    await here.desk.put_secret(ADA, RED_KEY, "theirs")
    await here.desk.put_secret(BLUE, KEY, "ours")
    for writing in (here.desk.put_secret(BLUE, RED_KEY, "x"), here.desk.delete_secret(BLUE, RED_KEY)):
        with pytest.raises(NotFound, match=f"there is no {RED_KEY}"):
            await writing
    shown = await here.desk.secrets(BLUE)
    assert [(one["namespace"], one["name"]) for one in shown] == [("blue", "key")]
    assert "ours" not in json.dumps(shown)
    assert len(await here.desk.secrets(ADA)) == 2
    await here.desk.delete_secret(BLUE, KEY)
    assert await here.desk.secrets(BLUE) == []
    with pytest.raises(NotFound):
        await here.desk.delete_secret(BLUE, KEY)


# Purges


async def test_whoever_is_bound_purges_their_routes_and_sees_these_purges(here: Plane) -> None:
    made = await here.desk.purge(BLUE, Purge("", 0.0, route=str(API)))
    assert (made.live, made.proxies, made.purge.route) == (0, 0, "routes.blue/api")
    with pytest.raises(NotFound, match=f"^there is no {HIDDEN}$"):
        await here.desk.purge(BLUE, Purge("", 0.0, route=str(HIDDEN)))
    other = await here.desk.purge(ADA, Purge("", 0.0, route=str(HIDDEN)))
    everything = await here.desk.purge(ADA, Purge("", 0.0, soft=True, everything=True))
    assert await here.desk.purges(BLUE) == [made.purge]
    assert await here.desk.purges(ADA) == [made.purge, other.purge, everything.purge]


async def test_files_can_be_purged_too(files: ControlDesk) -> None:
    made = await files.purge(ADA, Purge("", 0.0, tag="a"))
    assert await files.purges(ADA) == [made.purge]
    assert await files.plugins(ADA) == []


# The past


async def test_a_rollback_touches_what_exists_for_who_asks(here: Plane) -> None:
    assert (await here.apply(EDITED)).state is State.LIVE
    then = {row.ref: row.text for row in await here.desk.rows(ADA, 1)}
    applied = await here.desk.rollback(1, Apply(message="back, please"), BLUE, unheard)
    assert (applied.state, names(applied.differences)) == (State.LIVE, ["routes.blue/api"])
    assert (await here.desk.row(ADA, API)).text == then[API]
    assert "body: new" in (await here.desk.row(ADA, HIDDEN)).text
    head = await here.desk.revision()
    assert (head.number, head.author, head.message) == (3, "token:blue", "back, please")


async def test_a_rollback_brings_back_what_went_and_takes_what_came(here: Plane) -> None:
    digest = (await here.desk.revision(1)).digest
    added = "namespaces: {blue: {routes: {more: {gateways: [default/edge], hostnames: [m.blue.test], to: api}}}}"
    await here.apply(added)
    await here.ask(EDIT)
    applied = await here.desk.rollback(1, Apply(), ADA, unheard)
    assert (applied.state, names(applied.differences)) == (State.LIVE, ["routes.blue/api", "routes.blue/more"])
    assert (await here.desk.revision()).digest == digest
    assert (await here.desk.rollback(1, Apply(), ADA, unheard)).state is State.UNCHANGED
    with pytest.raises(NotFound, match="revision 9"):
        await here.desk.rollback(9, Apply(), ADA, unheard)


async def test_a_request_is_explained_as_it_was_then(here: Plane) -> None:
    await here.apply(EDITED)

    async def told(revision: int | None) -> object:
        asked = Question("GET", "http://blue.test:8080/", revision=revision)
        return (await here.desk.explain(BLUE, asked))["summary"]

    assert await told(1) == "route blue/api forwards it to blue/api"
    assert await told(2) == await told(None) == "200: route blue/api answers it"
    with pytest.raises(NotFound):
        await told(9)


async def test_the_history_is_told_from_the_newest(here: Plane) -> None:
    await here.apply(EDITED)
    await here.apply("routes: {bad: {to: nobody}}")
    assert [one.number for one in await here.desk.revisions(None, 9)] == [2, 1]
    assert [one.number for one in await here.desk.revisions(2, 9)] == [1]
    assert (await here.desk.revision()).state is RevisionState.LIVE


# What becomes of a change


async def test_what_is_refused_is_not_the_business_of_others(here: Plane) -> None:
    red = (
        "{gateways: [default/edge], hostnames: [red.test], matches: [{path: /p}], respond: {}, policies: {poison: {}}}"
    )
    applied = await here.apply(f"namespaces: {{red: {{routes: {{poisoned: {red}}}}}}}")
    assert [str(ref) for ref in applied.quarantined] == ["routes.red/poisoned"]
    assert await here.desk.findings(BLUE) == ()
    own = EDITED.splitlines()[1]
    assert (await here.apply(f"namespaces:\n{own}\n", BLUE)).state is State.LIVE
    assert not any("poisoned" in step.text for step in here.steps)


async def test_a_change_under_guard_that_makes_requests_fail_is_taken_back(here: Plane) -> None:
    looks = count()

    async def failing() -> Mapping[str, RouteCount]:
        look = next(looks)
        return {"blue/api": RouteCount(100 * look, 30 * look)}

    before = (await here.desk.revision()).digest
    desk = StoreDesk(here.control, here.stored, policies(), here.purging, failing)
    applied = await desk.apply(replace(EDIT, guard=Guard(5.0, timedelta(seconds=20))), ADA, unheard)
    tolerated = await desk.apply(replace(EDIT, guard=Guard(50.0, timedelta())), ADA, unheard)
    assert (applied.state, applied.revision, applied.findings[0].code) == (State.ROLLED_BACK, 3, "change.errors")
    assert "30 of 100 requests failed" in applied.findings[0].message
    back, made = await desk.revisions(4, 2)
    assert (back.digest, back.message.startswith("take back revision 2: ")) == (before, True)
    assert made.state is RevisionState.LIVE
    assert (tolerated.state, tolerated.revision) == (State.LIVE, 4)
