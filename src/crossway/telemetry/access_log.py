"""Reading access logs: the lines that the policy ``access_log`` makes the proxies write, and nothing else.

A log is what is left of a request, in files that other programs cut, rotate, compress and write into. Law: no line and
no file is ever a reason to stop. What cannot be read is counted, the first of it is kept to be shown, and reading goes
on; memory does not grow with the log.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Final, NamedTuple, cast

import msgspec

from crossway.errors import UserError
from crossway.model import REDACTED
from crossway.simulation.request import Aspect, Request

STDIN: Final = Path("-")
"""The file name that means standard input."""
HEADER: Final = "request.headers."
QUERY: Final = "request.query."
"""What the variables about a header and a query parameter begin with."""
Variables = Mapping[str, str | None]
"""What is known of variables, see `AccessLog.variables`; `None` for what was not there."""
LONGEST: Final = 1 << 20
"""The bytes of the longest line. Headers of 60 KiB, each byte of them escaped, stay below it."""
TOKEN: Final = re.compile(r"cw_[0-9a-f]{8}_[A-Za-z0-9_-]+")
SHOWN: Final = 200
"""Characters of a line that are shown."""

_BLOCK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_EXAMPLES: Final = 3
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Record(msgspec.Struct, frozen=True, gc=False):
    """What one line says. The first five keys are in every line of ours, so that no other JSON is taken for one."""

    method: str | None
    """`None` on a TCP connection, and on a request that was refused before it was understood."""
    host: str | None
    path: str | None
    """As the route left it: a rewrite, or a redirect to another prefix, has already replaced it. With its query
    (`query: true`), it is the one that was asked for."""
    route: str | None
    """The name of the Envoy route, see `names.route`."""
    status: int | None
    request_id: str | None = None
    time: str | None = None
    client_ip: str | None = None
    port: int | None = None
    """The port of the listener; an older log does not have it."""
    protocol: str | None = None
    user_agent: str | None = None
    grpc_status: str | None = None
    flags: str | None = None
    details: str | None = None
    service: str | None = None
    endpoint: str | None = None
    duration_ms: int | None = None
    tls_version: str | None = None
    sni: str | None = None
    consumer: str | None = None

    @property
    def is_http(self) -> bool:
        """Whether it is a request: a TCP or UDP session has neither a method nor a protocol."""
        return self.method is not None or self.protocol is not None

    @property
    def was_routed(self) -> bool:
        """Whether a route was looked for. What the proxy refused before says nothing about routes."""
        return (
            self.method is not None and self.path is not None and (self.route is not None or "NR" in (self.flags or ""))
        )


class Found(NamedTuple):
    """A line that was looked for."""

    record: Record
    variables: Variables
    """What the line says of the variables that were asked for; see `AccessLog`."""
    fields: Mapping[str, object]
    """Everything in it."""
    file: Path


class AccessLog:
    """A reader of lines, and the account of what it read.

    *fields* are those of the policy `access_log`: a name in the line, and the variable that stands under it, as
    ``request.headers.x-tenant``. A name that a line does not have says nothing about its variable.
    """

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        own = Record.__struct_fields__
        more = {name: variable for name, variable in (fields or {}).items() if name not in own}
        added = [
            (f"field_{index}", str | None | msgspec.UnsetType, msgspec.field(name=name, default=msgspec.UNSET))
            for index, name in enumerate(more)
        ]
        self.attributes = {variable: f"field_{index}" for index, variable in enumerate(more.values())}
        """The attribute of a record that says what a variable was, by the variable."""
        full = msgspec.defstruct("FullRecord", added, bases=(Record,), frozen=True, gc=False)
        self._decode = msgspec.json.Decoder(cast("type[Record]", full)).decode
        self.lines = 0
        """Lines that were read; empty ones are none."""
        self.size = 0
        """The bytes that they had, uncompressed."""
        self.unparsed = 0
        """Lines that are no line of ours."""
        self.examples: list[str] = []
        """The first of those, each cut to `SHOWN` printable characters."""
        self.troubles: list[str] = []
        """Files that could not be read to their end, a sentence for each."""

    def records(self, paths: Iterable[Path]) -> Iterator[Record]:
        """Yield what the lines of *paths* say, file by file; gzip is known by its content.

        Raises `UserError` at the first file that cannot be opened.
        """
        for path in paths:
            with _opened(path) as stream:
                for line in self.whole(path, stream):
                    record = self.record(line)
                    if record is not None:
                        yield record

    def whole(self, path: Path, stream: BufferedIOBase) -> Iterator[bytes]:
        """Yield the lines of a file up to where it can be read."""
        try:
            yield from _lines(stream)
        except (OSError, EOFError, zlib.error) as error:
            self.troubles.append(f"{path} ends too early: {error}")

    def record(self, line: bytes) -> Record | None:
        """Return what one line says, and count it; `None` if it is none of ours.

        Something before the JSON is forgiven: the name that a container runtime puts there, or the zero bytes that are
        left where a file was cut while it was written to.
        """
        if line[:2] != b'{"' and not (line := line.strip(b"\0 \t\r")):
            return None
        self.lines += 1
        self.size += len(line) + 1
        try:
            return self._decode(line)
        except _UNREADABLE:
            record = self._forgiving(line)
        if record is None:
            self.unparsed += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(printable(line[: 4 * SHOWN].decode("utf-8", "replace")))
        return record

    def _forgiving(self, line: bytes) -> Record | None:
        start = line.find(b'{"')
        if start < 0:
            return None
        try:
            return self._decode(line[start:].decode("utf-8", "replace"))
        except _UNREADABLE:
            return None

    def variables(self, record: Record) -> dict[str, str | None]:
        """Return what a record of this reader says of the variables in its `fields`: `None` for what was not there.

        A value that was redacted says nothing.
        """
        values = ((variable, getattr(record, attribute)) for variable, attribute in self.attributes.items())
        return {variable: value for variable, value in values if value is not msgspec.UNSET and value != REDACTED}

    def found(self, line: bytes, request_id: str, path: Path) -> Found | None:
        """Return what *line* of the file *path* says, if it is about the request *request_id*."""
        record = self.record(line)
        if record is None or record.request_id != request_id:
            return None
        fields = msgspec.json.decode(line[line.find(b'{"') :].decode("utf-8", "replace"))
        return Found(record, self.variables(record), fields, path)


def as_request(
    record: Record,
    variables: Variables | None = None,
    *,
    knows_query: bool = False,
    listener: str | None = None,
    port: int | None = None,
) -> Request:
    """Return the request that *record* is about, as far as the log knows it; `Request.unknown` says what it does not.

    *variables* are more that is known of it, see `AccessLog.variables`. With *knows_query* the log has queries, so that
    a path without one had none. No log names the *listener*; where that is known, the *port* says no more.
    """
    known = {name: value for name, value in (variables or {}).items() if value is not None}
    headers = {name.removeprefix(HEADER): value for name, value in known.items() if name.startswith(HEADER)}
    if record.user_agent is not None:
        headers["user-agent"] = record.user_agent
    if record.grpc_status is not None:
        headers.setdefault("content-type", "application/grpc")
    path, mark, query = (record.path or "/").partition("?")
    said = [parameter for parameter in query.split("&") if not parameter.endswith(f"={REDACTED}")]
    unknown = {Aspect.HEADERS}
    if "&".join(said) != query:
        query = "&".join(said)
        unknown.add(Aspect.QUERIES)
    if not (mark or knows_query):
        unknown.add(Aspect.QUERIES)
        query = "&".join(
            f"{name.removeprefix(QUERY)}={value}" for name, value in known.items() if name.startswith(QUERY)
        )
    if record.client_ip is None:
        unknown.add(Aspect.CLIENT_IP)
    return Request(
        host=record.host or "",
        path=f"{path}?{query}" if query else path,
        method=record.method or "GET",
        scheme="https" if record.tls_version else "http",
        headers=headers,
        client_ip=record.client_ip,
        port=port,
        sni=record.sni,
        listener=listener,
        unknown=frozenset(unknown),
    )


def find_request(paths: Iterable[Path], request_id: str, fields: Mapping[str, str] | None = None) -> Found | None:
    """Return the newest line about the request *request_id*, or `None` if no file has one.

    The files are searched from the one that was written to last, each from its end, so that a request of just now is
    found at once in a log of gigabytes. What is compressed, or comes by standard input, can only be read from its
    beginning.

    Raises `UserError` if a file cannot be opened.
    """
    log = AccessLog(fields)
    wanted = json.dumps(request_id, ensure_ascii=False)[1:-1].encode()
    for path in sorted(paths, key=_written, reverse=True):
        with _opened(path) as stream:
            backwards = isinstance(stream, BufferedReader) and stream.seekable()
            lines = _lines_backwards(stream, wanted) if backwards else log.whole(path, stream)
            hits = (hit for line in lines if wanted in line and (hit := log.found(line, request_id, path)))
            newest = next(hits, None) if backwards else next(iter(deque(hits, maxlen=1)), None)
            if newest is not None:
                return newest
    return None


def printable(text: str) -> str:
    """Return the first `SHOWN` characters of *text*, with a mark for each that a terminal could take for a command.

    A token of the admin API, which the first start says among other things, is redacted.
    """
    text = TOKEN.sub(REDACTED, text)
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:SHOWN])
    return f"{shown}\N{HORIZONTAL ELLIPSIS}" if len(text) > SHOWN else shown


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file, standard input for ``-``; one that is compressed with gzip gives its content."""
    with ExitStack() as stack:
        try:
            raw = _standard_input() if path == STDIN else stack.enter_context(path.open("rb"))
            compressed = raw.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}") from None
        yield stack.enter_context(gzip.GzipFile(fileobj=raw)) if compressed else raw


def _standard_input() -> BufferedReader:
    stream = sys.stdin.buffer
    assert isinstance(stream, BufferedReader)
    return stream


def _written(path: Path) -> float:
    """Return when a file was last written to; now for standard input, and for one that cannot be looked at."""
    try:
        return path.stat().st_mtime if path != STDIN else math.inf
    except OSError:
        return math.inf


def _lines(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines of *stream* without their ends; of one that is too long, its beginning."""
    rest, is_too_long = b"", False
    while block := stream.read1(_BLOCK):  # what is there, so that a file that breaks off is read up to its break
        first, *others = block.split(b"\n")
        rest = b"" if is_too_long else rest + first
        if others:
            if not is_too_long:
                yield rest
            *whole, rest = others
            yield from whole
            is_too_long = False
        if len(rest) > LONGEST:
            yield rest
            rest, is_too_long = b"", True
    if rest:
        yield rest


def _lines_backwards(stream: BufferedIOBase, wanted: bytes) -> Iterator[bytes]:
    """Yield the lines with *wanted* in them, the last one first.

    Block by block rather than by a mapping of the file: the pages of one that is cut meanwhile would be gone.
    """
    start = stream.seek(0, os.SEEK_END)
    rest = b""
    while start > 0:
        size = min(start, _BLOCK)
        start = stream.seek(start - size)
        block = stream.read(size) + rest
        begin = block.find(b"\n") + 1 if start else 0
        if start and not begin:
            rest = block if len(block) <= LONGEST else b""
            continue
        rest, end = block[:begin], len(block)
        while (hit := block.rfind(wanted, begin, end)) >= 0:
            end = block.rfind(b"\n", begin, hit) + 1 or begin
            yield block[end:].partition(b"\n")[0]
