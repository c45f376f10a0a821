import pytest

from crossway.admin.server import AdminServer, NoSuchView, Pages
from crossway.errors import UserError
from harness import client


async def metrics() -> bytes:
    return b"one 1\n"


async def is_ready() -> bool:
    return True


async def is_not_ready() -> bool:
    return False


async def xds(view: str) -> list[str]:
    if view != "*":
        raise NoSuchView(["*", "edge"])
    return ["resource"]


async def routes() -> list[str]:
    return ["route"]


def pages(**others) -> Pages:
    return Pages(**{"state": lambda: {"revision": 1}, "metrics": metrics, "ready": is_ready, "xds": xds} | others)


async def test_the_pages():
    async with AdminServer("127.0.0.1:0", pages(routes=routes)) as server:
        answers = {path: await client.request(server.port, path) for path in ("/healthz", "/readyz", "/metrics")}
        assert {path: (answer.status, answer.text) for path, answer in answers.items()} == {
            "/healthz": (200, "ok\n"),
            "/readyz": (200, "ready\n"),
            "/metrics": (200, "one 1\n"),
        }
        said = {path: (await client.request(server.port, path)).json for path in ("/state", "/xds", "/routes")}
        assert said == {"/state": {"revision": 1}, "/xds": ["resource"], "/routes": ["route"]}


async def test_not_ready_is_503():
    async with AdminServer("127.0.0.1:0", pages(ready=is_not_ready)) as server:
        assert (await client.request(server.port, "/readyz")).status == 503


async def test_a_view_that_there_is_not_is_a_problem():
    async with AdminServer("127.0.0.1:0", pages()) as server:
        answer = await client.request(server.port, "/xds?view=inner")
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["detail"] == "no proxy has this view; there are: *, edge"


async def test_routes_are_a_page_only_where_they_are_known():
    async with AdminServer("127.0.0.1:0", pages()) as server:
        assert (await client.request(server.port, "/routes")).status == 404


async def test_nothing_can_be_changed():
    async with AdminServer("127.0.0.1:0", pages(routes=routes)) as server:
        for path in ("/state", "/xds", "/routes", "/metrics"):
            assert (await client.request(server.port, path, method="POST")).status == 405


async def test_an_address_that_is_taken_is_a_sentence():
    async with AdminServer("127.0.0.1:0", pages()) as server:
        with pytest.raises(UserError, match=f"127.0.0.1:{server.port} cannot be used .Address already in use."):
            AdminServer(f"127.0.0.1:{server.port}", pages())


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:", "127.0.0.1:99999"])
def test_what_is_no_address(address):
    with pytest.raises(UserError, match="admin address"):
        AdminServer(address, pages())
