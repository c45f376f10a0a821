"""The product itself: ``crossway run``, as a process, with a configuration that is edited while it runs."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any, Self

from crossway.fleet.envoy_admin import Admin
from harness import client
from harness.client import Answer
from harness.ports import free_port
from harness.waiting import until

COMMAND = Path(sys.executable).with_name("crossway")
STOPPED_WITHIN = 20.0
STEP_WITHIN = 60.0


def is_alive(pid: int) -> bool:
    """Return whether there is a process with this id."""
    return Path(f"/proc/{pid}").exists()


class Gateway:
    """One running `crossway run`, inside ``async with``.

    Its configuration is a text in which ``$name`` stands for a value: one that was given, or a free port.
    """

    def __init__(self, config: str, /, *options: str, drain: float = 1, stored: bool = False, **values: object) -> None:
        """Make a gateway; *options* are more words for its command line.

        One that is *stored* follows the store in its data directory: the file is for what `apply` is told.
        """
        self.directory = Path(tempfile.mkdtemp(prefix="cw-"))
        self.drain = drain
        self.stored = stored
        self.values = dict(values)
        self.admin = free_port()
        self.file = self.directory / "gateway.yaml"
        self._options = options
        self.write(config)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self.process.poll() is None:
                await self.stop()
        finally:
            self._remove()

    def _remove(self) -> None:
        self.kill()
        shutil.rmtree(self.directory)

    async def start(self) -> None:
        """Start the process and return when it serves, and has its whole configuration."""
        self.launch()
        await until(self.ready, STEP_WITHIN)
        await until(self.is_settled, STEP_WITHIN)

    async def fail(self) -> str:
        """Start the process, which ends by itself with status 2, and return what it said."""
        self.launch()
        assert await asyncio.to_thread(self.process.wait, STOPPED_WITHIN) == 2
        return self.log

    def launch(self) -> None:
        """Start the process."""
        self.directory.chmod(0o755)  # the proxy may run as another user
        self.temporary.mkdir(mode=0o755, exist_ok=True)
        with (self.directory / "out").open("ab") as out, (self.directory / "err").open("ab") as err:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=os.environ | {"TMPDIR": str(self.temporary)},
            )

    @property
    def command(self) -> list[str]:
        """The command line."""
        return [
            str(COMMAND),
            "run",
            *(() if "proxy" in self._options or self.stored else (str(self.file),)),
            *("--state", str(self.directory / "state")),
            *("--admin", f"127.0.0.1:{self.admin}"),
            *("--drain", str(self.drain)),
            *("--concurrency", "1"),
            *self._options,
        ]

    @property
    def temporary(self) -> Path:
        """Where the process puts what is to be gone when it is."""
        return self.directory / "tmp"

    async def stop(self) -> int:
        """End the process as an operator does, and return its exit status. Nothing of it may be left."""
        children = self.children()
        self.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self.process.wait, STOPPED_WITHIN)
        assert [pid for pid in children if is_alive(pid)] == []
        assert self.leftovers() == []
        return status

    def leftovers(self) -> list[Path]:
        """Return the temporary files that there are."""
        return list(self.temporary.iterdir())

    def kill(self) -> None:
        """End the process at once, if there still is one."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def crash(self) -> None:
        """End the process as a power cut does: no child of it may live on, and nobody tidies up but us."""
        children = self.children()
        self.kill()
        await until(lambda: not any(is_alive(pid) for pid in children))
        shutil.rmtree(self.temporary)

    def children(self) -> list[int]:
        """Return the ids of the processes that it started and that run."""
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for each in lists for pid in each.read_text().split()]

    def write(self, config: str) -> None:
        """Write *config* into the file."""
        names = {match["name"] for match in re.finditer(r"\$(?P<name>[a-z_][a-z0-9_]*)", config)}
        for name in sorted(names - self.values.keys()):
            self.values[name] = free_port()
        self.file.write_text(Template(config).substitute(self.values))

    async def edit(self, config: str) -> None:
        """Write *config* and return when it is live on every proxy."""
        before = (await self.state())["revision"]
        self.write(config)
        await until(lambda: self.is_live(before + 1))

    async def edit_badly(self, config: str) -> None:
        """Write *config* and return when it has been refused."""
        self.write(config)

        async def refused() -> bool:
            return bool((await self.state())["refused"])

        await until(refused)

    async def is_live(self, revision: int) -> bool:
        """Return whether *revision*, or a later one, is live on every proxy."""
        state = await self.state()
        return state["revision"] >= revision and bool(state["proxies"]) and all(p["live"] for p in state["proxies"])

    async def has_joined(self, proxies: int) -> bool:
        """Return whether so many proxies are there, and have all that is meant for them."""
        return len((await self.state())["proxies"]) == proxies and await self.is_settled()

    async def is_settled(self) -> bool:
        """Return whether every proxy that is there has all that is meant for it."""
        return all(proxy["live"] for proxy in (await self.state()).get("proxies", ()))

    async def ready(self) -> bool:
        """Return whether it serves; `AssertionError` if it has ended."""
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.log}"
        try:
            return (await client.request(self.admin, "/readyz")).status == 200
        except OSError:
            return False

    async def state(self) -> dict[str, Any]:
        """Return what it says of itself."""
        return (await self.api("/v1/status")).json

    async def api(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: object = None
    ) -> Answer:
        """Send a request to the admin API, as the account that runs it."""
        sent = {"content-type": "application/json"} if body is not None else {}
        content = json.dumps(body) if body is not None else ""
        return await client.over_socket(
            self.socket, path, method=method, headers=sent | dict(headers or {}), body=content
        )

    async def apply(self, config: str, **options: object) -> Answer:
        """Apply *config*, which becomes all that the store says, and return the answer when it is proven."""
        self.write(config)
        return await self.api("/v1/changesets", method="POST", body=self._changeset(options))

    async def steps(self, config: str, **options: object) -> AsyncGenerator[dict[str, Any], None]:
        """Do as `apply`, and yield each step when it is told, and the end; less if the process ends before."""
        self.write(config)
        body = json.dumps(self._changeset(options))
        head = (
            "POST /v1/changesets HTTP/1.1\r\nhost: test\r\nconnection: close\r\naccept: application/x-ndjson\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body.encode())}\r\n\r\n"
        )
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(f"{head}{body}".encode())
            while line := await asyncio.wait_for(reader.readline(), STEP_WITHIN):
                if line.startswith(b"{"):  # the others are of HTTP
                    yield json.loads(line)
        finally:
            writer.close()

    def _changeset(self, options: Mapping[str, object]) -> dict[str, object]:
        document = {"name": self.file.name, "text": self.file.read_text()}
        return {"documents": [document], "prune": True, **options}

    @contextmanager
    def stunned(self) -> Iterator[None]:
        """Have its Envoy do nothing, neither answer nor serve, inside ``with``."""
        (envoy,) = self.children()
        os.kill(envoy, signal.SIGSTOP)
        try:
            yield
        finally:
            if is_alive(envoy):
                os.kill(envoy, signal.SIGCONT)

    @property
    def socket(self) -> Path:
        """Where the admin API asks for no token."""
        return self.directory / "state" / "admin.sock"

    def issue(self, directory: Path, *options: str) -> Path:
        """Return *directory* with the credentials in it that this control plane issues to a proxy."""
        words = ("--state", str(self.directory / "state"), *options)
        subprocess.run([COMMAND, "issue", "proxy-1", "--out", directory, *words], check=True, capture_output=True)
        return directory

    def joined_by(self, credentials: Path, *options: str) -> Self:
        """Return a proxy that joins this control plane, which is at ``$address``; it is not started yet."""
        words = ("--role", "proxy", "--join", str(self.values["address"]), "--credentials", str(credentials))
        return type(self)("", *words, *options, **self.values)

    async def metrics(self) -> str:
        """Return its metrics."""
        return (await client.request(self.admin, "/metrics")).text

    @property
    def envoy(self) -> Admin:
        """The admin interface of its Envoy."""
        (socket,) = self.temporary.glob("*/admin.sock")
        return Admin(socket)

    @property
    def log(self) -> str:
        """What it said to the person at the terminal."""
        return (self.directory / "err").read_text()

    @property
    def access_log(self) -> list[dict[str, Any]]:
        """The lines of the access log, without one that is being written."""
        *lines, _ = (self.directory / "out").read_text().split("\n")
        return [json.loads(line) for line in lines]

    def port(self, name: str) -> int:
        """Return the port that ``$name`` stands for."""
        port = self.values[name]
        assert isinstance(port, int)
        return port

    async def get(
        self,
        path: str,
        *,
        at: str = "http",
        method: str = "GET",
        host: str = "test",
        headers: Mapping[str, str] | None = None,
        body: str = "",
    ) -> Answer:
        """Send a request to the port ``$at`` and return the answer."""
        return await client.request(self.port(at), path, method=method, host=host, headers=headers, body=body)
