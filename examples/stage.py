"""What the examples stand on: their processes, their ports, and requests to them.

An example's configuration is written for the ports a reader expects, such as 8080. So that examples can run beside
each other, and beside what else runs here, each is started from a copy with free ports in their place.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
CROSSWAY = Path(sys.executable).with_name("crossway")
PATIENCE = 20.0


class NotShownError(Exception):
    """What an example was to show is not so."""


@dataclass
class Answer:
    """An answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Stage:
    """The processes of one example. Leaving it ends them, and removes their files."""

    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="example-")))
    _ports: dict[str, int] = field(default_factory=dict)
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            end(process)
        shutil.rmtree(self.directory)

    def port(self, written: int) -> int:
        """The free port that stands in for the one that is *written* in the example."""
        return self._ports.setdefault(str(written), free_port())

    def start(self, *command: str | Path, quiet: bool = False) -> subprocess.Popen[str]:
        """Start a process in a group of its own: a Ctrl-C of the terminal is for us alone."""
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, process_group=0, stdout=subprocess.DEVNULL if quiet else None
        )
        self._processes.append(process)
        return process

    def service(self, name: str, port: int) -> subprocess.Popen[str]:
        """Start a backend that says its *name*, and wait until it listens."""
        process = self.start(sys.executable, "-m", "examples.service", name, str(self.port(port)))
        wait(lambda: listens(self.port(port)), process)
        return process

    def copy(self, file: Path) -> Path:
        """Copy a configuration, with free ports in the places of those in it."""
        copied = self.directory / file.name
        copied.write_text(with_ports(file.read_text(), self.port))
        return copied

    def gateway(self, *options: str | Path, admin: int = 7070) -> subprocess.Popen[str]:
        """Start Crossway without its access log, and wait until it is ready for traffic."""
        address = f"127.0.0.1:{self.port(admin)}"
        state = self.directory / f"state-{admin}"
        own = ("--state", state, "--admin", address, "--concurrency", "1", "--drain", "1")
        process = self.start(CROSSWAY, "run", *options, *own, quiet=True)
        wait(lambda: self.get("/readyz", port=admin).status == 200, process)
        return process

    def api(self, path: str, admin: int = 7070) -> Any:
        """Ask the admin API of a gateway, over the socket in its data directory."""
        return ask_socket(self.directory / f"state-{admin}", path)

    def get(
        self,
        path: str,
        *,
        port: int = 8080,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        tls: ssl.SSLContext | None = None,
    ) -> Answer:
        """Send one request to what is written as *port*."""
        host = ("localhost", self.port(port))
        connection = (
            http.client.HTTPSConnection(*host, context=tls, timeout=5)
            if tls
            else http.client.HTTPConnection(*host, timeout=5)
        )
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


def ask_socket(state: Path, path: str) -> Any:
    """Return what ``GET path`` answers at the socket in a data directory."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(state / "admin.sock"))
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return json.loads(answer.read())


def with_ports(text: str, port: Callable[[int], int]) -> str:
    """Return *text* with another port in the place of each."""
    return re.sub(r"(?<=[ :])\d{4}\b", lambda match: str(port(int(match[0]))), text)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def wait(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return once *condition* holds. A connection that fails means not yet; a *process* that ended means never."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            if condition():
                return
        with suppress(subprocess.TimeoutExpired):
            raise NotShownError(f"{process.args} ended with {process.wait(timeout=0.02)}")
    raise NotShownError(f"it did not come about within {PATIENCE:.0f} s")


def end(process: subprocess.Popen[str]) -> int:
    """End a process as Ctrl-C does, and return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def show(what: str, holds: bool) -> None:
    """Print what was shown, or end the example because it is not so."""
    if not holds:
        raise NotShownError(what)
    print(f"ok: {what}", flush=True)
