"""Discovery: what a provider says is believed if it is about the provider that was asked, and remembered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from crossway.errors import RemoteError
from crossway.identity.discovery import FIRST_WITHIN, LARGEST, Discovery, discover
from crossway.model import Provider, Silent
from harness.waiting import until


class Website:
    """Answers every request with what it `says`, or not at all while that is `None`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    async def __aenter__(self) -> Self:
        self._done = asyncio.Event()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.issuer = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.says: bytes | None = json.dumps(self.description()).encode()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._done.set()
        await self._server.wait_closed()

    def description(self, **changes: Any) -> dict[str, Any]:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "scopes_supported": ["openid"],
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    @property
    def provider(self) -> Provider:
        """What it says, as it is read."""
        return Provider(f"{self.issuer}/authorize", f"{self.issuer}/token", f"{self.issuer}/jwks")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split()[1].decode())
        if self.says is None:
            await self._done.wait()
        else:
            headers = f"HTTP/1.1 {self.status} -\r\nlocation: /elsewhere\r\nconnection: close\r\n\r\n"
            writer.write(headers.encode() + self.says)
        writer.close()


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    async with Website() as running:
        yield running


async def test_a_provider_says_where_its_endpoints_are(website: Website) -> None:
    assert await discover(website.issuer) == website.provider
    website.says = json.dumps(website.description(end_session_endpoint="https://id.example/out")).encode()
    assert (await discover(website.issuer)).end_session_endpoint == "https://id.example/out"


@pytest.mark.parametrize("path", ["", "/", "/tenant", "/tenant/"])
async def test_the_description_stands_below_the_issuer(website: Website, path: str) -> None:
    issuer = website.issuer + path
    website.says = json.dumps(website.description(issuer=issuer)).encode()
    assert await discover(issuer) == website.provider
    assert website.asked == [f"{path.rstrip('/')}/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://other.example"}, "another issuer, 'https://other.example'"),
        ({"issuer": None}, "issuer: Field required"),
        ({"token_endpoint": None}, "token_endpoint: Field required"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri: Value error, it is no URL"),
        ({"token_endpoint": "http://:0/token"}, "token_endpoint: Value error"),
    ],
)
async def test_what_cannot_be_believed_is_refused(website: Website, changes: dict[str, Any], reason: str) -> None:
    website.says = json.dumps(website.description(**changes)).encode()
    with pytest.raises(RemoteError, match=reason):
        await discover(website.issuer)


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b"\xff"])
async def test_what_is_no_description_is_refused(website: Website, said: bytes) -> None:
    website.says = said
    with pytest.raises(RemoteError, match="is no description of a provider"):
        await discover(website.issuer)


async def test_an_answer_without_an_end_is_not_read_to_it(website: Website) -> None:
    website.says = b" " * (LARGEST + 1)
    with pytest.raises(RemoteError, match="answers more than"):
        await discover(website.issuer)


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_nothing_but_the_description_itself_will_do(website: Website, status: int) -> None:
    website.status = status
    with pytest.raises(RemoteError, match=f"answers {status}"):
        await discover(website.issuer)
    assert len(website.asked) == 1


async def test_a_provider_that_is_away_cannot_be_read() -> None:
    async with Website() as gone:
        pass
    with pytest.raises(RemoteError, match="cannot be read"):
        await discover(gone.issuer)
    with pytest.raises(RemoteError, match="cannot be read"):
        await discover("http://[")


@asynccontextmanager
async def running(discovery: Discovery, published: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
    async def publish() -> None:
        published()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(discovery.run(publish))
        yield
        task.cancel()


async def test_who_names_a_provider_for_the_first_time_is_answered_at_once(website: Website, tmp_path: Path) -> None:
    discovery = Discovery(tmp_path / "kept.json")
    wanted = frozenset({website.issuer})
    assert await discovery.find(wanted) == {website.issuer: website.provider}
    assert await discovery.find(wanted) == {website.issuer: website.provider}
    assert await discovery.find(frozenset()) == {}
    assert len(website.asked) == 1


async def test_nobody_waits_for_a_provider_that_does_not_answer_for_long_or_twice(
    website: Website, tmp_path: Path
) -> None:
    website.says = None
    discovery = Discovery(tmp_path / "kept.json")
    wanted = frozenset({website.issuer})
    async with asyncio.timeout(2 * FIRST_WITHIN):
        assert await discovery.find(wanted) == {website.issuer: Silent("it does not answer")}
        assert await discovery.find(wanted) == {website.issuer: Silent("it does not answer")}
    assert len(website.asked) == 1


async def test_a_provider_that_comes_late_is_told_of(website: Website, tmp_path: Path) -> None:
    website.status = 503
    discovery = Discovery(tmp_path / "kept.json")
    wanted = frozenset({website.issuer})
    told: list[bool] = []
    silent = await discovery.find(wanted)
    assert isinstance(silent[website.issuer], Silent)
    async with running(discovery, lambda: told.append(True)):
        await until(lambda: len(website.asked) == 2)
        assert told == []
        website.status = 200
        await until(lambda: told)
    assert await discovery.find(wanted) == {website.issuer: website.provider}


async def test_what_was_said_is_good_after_a_restart_until_something_else_is_said(
    website: Website, tmp_path: Path
) -> None:
    wanted = frozenset({website.issuer})
    await Discovery(tmp_path / "kept.json").find(wanted)
    website.status = 503
    discovery = Discovery(tmp_path / "kept.json")
    async with running(discovery):
        assert await discovery.find(wanted) == {website.issuer: website.provider}
        await until(lambda: len(website.asked) == 2)
        assert await discovery.find(wanted) == {website.issuer: website.provider}
        website.status = 200
        website.says = json.dumps(website.description(jwks_uri="https://new.example/jwks")).encode()
        await until(lambda: len(website.asked) == 3)

        async def is_new() -> bool:
            (said,) = (await discovery.find(wanted)).values()
            return isinstance(said, Provider) and said.jwks_uri == "https://new.example/jwks"

        await until(is_new)


def files_in(directory: Path) -> set[Path]:
    return set(directory.iterdir())


@pytest.mark.parametrize("content", ["", "{", '{"https://id.example": {}}'])
async def test_a_file_that_is_damaged_is_as_good_as_none(website: Website, tmp_path: Path, content: str) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(content)
    assert await Discovery(kept).find(frozenset({website.issuer})) == {website.issuer: website.provider}
    assert list(json.loads(kept.read_text())) == [website.issuer]
    assert files_in(tmp_path) == {kept}


async def test_a_file_that_cannot_be_written_stops_nobody(website: Website, tmp_path: Path) -> None:
    discovery = Discovery(tmp_path / "no such directory" / "kept.json")
    assert await discovery.find(frozenset({website.issuer})) == {website.issuer: website.provider}
