"""Tests of the protocol as scripts, in reading order: ``play >> what happens << what is to be done``."""

from dataclasses import replace
from typing import Self

from crossway.compile.envoy.resource import Resource
from crossway.xds.protocol import (
    CLUSTER,
    ENDPOINTS,
    EXTENSION,
    LISTENER,
    ROUTES,
    SCOPED_ROUTES,
    SECRET,
    Acknowledged,
    AwaitGrace,
    AwaitWarm,
    Output,
    Stream,
)
from crossway.xds.snapshot import Snapshot
from crossway.xds.subscription import Request, Send

Happening = Snapshot | Request | AwaitWarm | AwaitGrace


def cluster(name: str, version: str = "1") -> Resource:
    return Resource(CLUSTER, name, version, b"")


def endpoints(name: str, version: str = "1") -> Resource:
    return Resource(ENDPOINTS, name, version, b"")


def secret(name: str, version: str = "1") -> Resource:
    return Resource(SECRET, name, version, b"")


def listener(name: str, version: str = "1") -> Resource:
    return Resource(LISTENER, name, version, b"")


def extension(name: str, version: str = "1") -> Resource:
    return Resource(EXTENSION, name, version, b"")


def routes(name: str, version: str = "1") -> Resource:
    return Resource(ROUTES, name, version, b"")


def scope(name: str, version: str = "1") -> Resource:
    return Resource(SCOPED_ROUTES, name, version, b"")


def ask(type_url: str, *names: str, **held: str) -> Request:
    """A subscription; without names, the legacy wildcard."""
    return Request(type_url, subscribe=names, initial_versions=held)


def ack(type_url: str, nonce: int) -> Request:
    return Request(type_url, response_nonce=str(nonce))


def nack(type_url: str, nonce: int, message: str = "no") -> Request:
    return Request(type_url, response_nonce=str(nonce), error_message=message)


def send(nonce: int, *resources: Resource, type_url: str = "", removed: tuple[str, ...] = ()) -> Send:
    return Send(type_url or resources[0].type_url, str(nonce), "", resources, removed)


class Playbook:
    """Feeds a stream and compares what it wants done; acknowledgements are heard and not repeated in the script."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._outputs: list[Output] = []

    def __rshift__(self, happening: Happening) -> Self:
        self.finish()
        match happening:
            case Snapshot():
                outputs = self._stream.offer(happening)
            case Request():
                outputs = self._stream.receive(happening)
            case AwaitWarm():
                outputs = self._stream.warm(happening)
            case AwaitGrace():
                outputs = self._stream.elapsed(happening)
        self._outputs = [output for output in outputs if not isinstance(output, Acknowledged)]
        return self

    def __lshift__(self, expected: Output) -> Self:
        assert self._outputs, f"nothing more is to be done, expected {expected}"
        output = self._outputs.pop(0)
        assert (replace(output, version="") if isinstance(output, Send) else output) == expected
        return self

    def finish(self) -> None:
        """Check that nothing was left out."""
        assert not self._outputs, f"unfinished playbook: {self._outputs}"
