"""Views: what the proxies of each are to have, and what stands in for what they refuse."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.daemon.archives import Archives
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.proof import Refusal
from crossway.daemon.views import Views
from crossway.dialects.native import Loaded
from crossway.identity.secrets import SecretLane
from crossway.model import Document, Provider, Providers
from crossway.sources.watch import watch
from crossway.xds.protocol import CLUSTER, LISTENER, SECRET, Refused
from crossway.xds.snapshot import EMPTY, Snapshot
from harness.poison import policies
from xds.samples import cluster

TEXT = """\
gateways:
  edge: {listeners: {http: 8080}}
  inner: {listeners: {http: 8081}}
services:
  one: {endpoints: ["127.0.0.1:1"]}
routes:
  one: {gateways: [edge], to: one}
"""
OTHER = TEXT.replace("127.0.0.1:1", "127.0.0.1:2") + "  two: {gateways: [inner], to: one}\n"
SICK = TEXT.replace('"]', '"], policies: {poison_service: {}}')
POISONED = TEXT + "  bad: {gateways: [inner], respond: {body: x}, policies: {poison: {}}}\n"
MISSING = TEXT + "certificates: {web: {certificate: /no/such.pem, key: /no/such.key}}\n"
Made = Callable[[], Views]
LONG = 20.0


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes the views of a control plane that has just started."""
    return lambda: Views(Pipeline(policies()), SecretLane(watch), Archives(tmp_path))


async def read(views: Views, text: str) -> Loaded:
    return await views.read([Document("c.yaml", text)])


async def adopted(views: Views, text: str, view: str = "*") -> Snapshot:
    return (await views.adopt(await read(views, text)))[view]


def service(snapshot: Snapshot) -> Resource:
    return snapshot.of_type(CLUSTER)["one"]


async def codes(views: Views) -> list[str]:
    return [finding.code for finding in await views.findings()]


async def test_nothing_follows_from_what_is_only_read(made: Made) -> None:
    views = made()
    before = await adopted(views, TEXT)
    loaded = await read(views, OTHER)
    assert views.loaded is not loaded
    assert (await views.compile())["*"].version == before.version
    await views.adopt(loaded)
    assert views.loaded is loaded
    assert (await views.compile())["*"].version != before.version


async def test_a_view_is_added_once_and_has_what_its_gateways_need(made: Made) -> None:
    views = made()
    assert [views.add("inner"), views.add("inner"), views.add("*")] == [True, False, False]
    await adopted(views, TEXT)
    snapshots = await views.compile()
    assert set(snapshots) == {"*", "inner"}
    assert set(snapshots["inner"].of_type(LISTENER)) == {"inner/0.0.0.0:8081/tcp", names.RUNTIME}
    assert snapshots["inner"].of_type(CLUSTER) == {}


async def test_what_was_good_is_known_after_a_restart(made: Made, tmp_path: Path) -> None:
    good = await adopted(made(), TEXT)
    Archives(tmp_path).save("*", good)
    views = made()
    assert views.proven("*").version == good.version
    assert views.proven("inner") is EMPTY
    other = Snapshot.of([cluster("a")])
    views.prove_good("*", other)
    assert views.proven("*") is other


async def test_a_damaged_archive_is_as_good_as_none(made: Made, tmp_path: Path) -> None:
    Archives(tmp_path).save("*", await adopted(made(), TEXT))
    (file,) = (tmp_path / "snapshots").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert made().proven("*") is EMPTY


async def test_the_last_good_service_of_an_earlier_run_stands_in(made: Made, tmp_path: Path) -> None:
    good = service(await adopted(made(), TEXT))
    Archives(tmp_path).save("*", await adopted(made(), TEXT))
    views = made()
    bad = service(await adopted(views, SICK))
    assert await views.put_aside((Refusal(bad, None, "it is sick"),))
    assert service((await views.compile())["*"]).version == good.version != bad.version
    assert await codes(views) == ["proxy.refused"]
    await adopted(views, TEXT)
    assert await codes(views) == []


async def test_a_service_that_never_was_good_closes_its_routes(made: Made) -> None:
    views = made()
    bad = service(await adopted(views, SICK))
    assert await views.put_aside((Refusal(bad, None, "it is sick"),))
    assert (await views.compile())["*"].of_type(CLUSTER) == {}
    assert sorted(await codes(views)) == ["proxy.refused", "reference.unusable"]
    assert not await views.put_aside((Refusal(bad, None, "it is sick"),))


async def test_only_the_views_that_proxies_have_are_proven(made: Made) -> None:
    views = made()
    views.add("edge")
    snapshots = await views.adopt(await read(views, POISONED))
    assert await views.prove(snapshots, ["edge"], LONG) == ()
    assert [item.route for item in await views.prove(snapshots, [], LONG)] == ["bad"]
    views.prove_good("*", snapshots["*"])
    assert await views.prove(snapshots, [], LONG) == ()


@pytest.mark.parametrize("archived", [True, False])
async def test_a_start_puts_aside_what_it_cannot_prove(made: Made, archived: bool) -> None:
    views = made()
    good = await views.adopt(await read(views, TEXT))
    assert await views.prove_first(good, LONG) is good
    if archived:
        views.prove_good("*", good["*"])
    snapshots = await views.adopt(await read(views, POISONED))
    assert await views.prove_first(snapshots, 0.0) is snapshots
    proven = await views.prove_first(snapshots, LONG)
    assert await views.prove(proven, [], LONG) == ()
    assert await codes(views) == ["proxy.refused"]


async def test_who_is_to_blame_for_what_proxies_refused(made: Made) -> None:
    views = made()
    bad = service(await adopted(views, TEXT))
    refused = (Refused(CLUSTER, bad, "no"), Refused(CLUSTER, bad, "no"), Refused(CLUSTER, None, "a removal"))
    assert await views.guilty(refused) == (Refusal(bad, None, "no"),)


async def test_certificates_are_looked_at_when_they_change(made: Made) -> None:
    views = made()
    await adopted(views, MISSING)
    first = views.secrets
    assert (await codes(views), dict(first.resources)) == (["certificate.missing", "certificate.missing"], {})
    await adopted(views, MISSING.replace("routes:", "# another line\nroutes:"))
    assert views.secrets is first
    await adopted(views, TEXT)
    assert await codes(views) == []


ASKING = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {one: http://127.0.0.1:1}
routes: {a: {to: one, policies: {oidc: {issuer: "https://id.example", client_id: shop, client_secret: hunter2}}}}
"""


async def test_what_providers_say_is_part_of_what_is_adopted_and_may_change(tmp_path: Path) -> None:
    said: Providers = {}
    asked: list[frozenset[str]] = []

    async def find(issuers: frozenset[str]) -> Providers:
        asked.append(issuers)
        return said

    views = Views(Pipeline(policies()), SecretLane(watch), Archives(tmp_path), find)
    closed = await adopted(views, ASKING)
    assert await codes(views) == ["oidc.undiscovered"]
    assert await views.discover() is None
    said = {"https://id.example": Provider("https://a.example", "https://b.example", "https://c.example")}
    told = await views.discover()
    assert told is not None
    assert told["*"].of_type(CLUSTER).keys() - closed.of_type(CLUSTER).keys() == {
        "https://b.example",
        "https://c.example",
    }
    assert {secret.name for secret in told["*"].of_type(SECRET).values()} == {
        "oidc-client/routes/a",
        "oidc-session/routes/a",
    }
    assert await codes(views) == []
    assert (await adopted(views, ASKING)).version == told["*"].version
    await adopted(views, TEXT)
    assert [set(issuers) for issuers in asked] == [{"https://id.example"}] * 4 + [set()]
