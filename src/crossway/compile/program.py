"""The program: what the Python runtime inside a proxy executes. Compiled beside the snapshot, and sent with it.

Law: an entry and a code are named by what they say. So a proxy may hold those of two revisions at once, and a route
of either finds its own.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Final, Literal

from msgspec import Raw, Struct, json

WORD: Final = "x-crossway-entry"
"""The header by which a route tells the runtime which entry is meant."""
ROUTE: Final = "x-crossway-route"
"""The header by which the runtime tells the inner listener which route goes on."""
CALL: Final = "crossway/call/"
"""What the words begin with by which the inner listener knows services, instead of routes."""
PEER: Final = "x-crossway-peer"
"""The header by which the runtime tells the inner listener the address of the client."""
LENGTH: Final = "x-crossway-content-length"
"""The header in which the proxy tells the length of a body, where it asks about a head alone."""
PROTOCOL: Final = "x-crossway-protocol"
"""The same for the protocol that a client asks for, since the question stays in its own."""
CLAIMS: Final = "x-crossway-claims"
"""The header in which the proxy tells the claims of the token that it has verified, as an object in JSON."""
RESERVED: Final = (WORD, ROUTE, PEER, LENGTH, PROTOCOL, CLAIMS)
"""What no client may send."""
SPAN: Final = "x-crossway-span"
"""The header by which a route tells the runtime the span of the request: 32 digits of the trace, 16 of the span if the
tracer says them, and 1 or 0 for whether it is reported, where the id of the request does not say that."""
STEP: Final = "x-crossway-step"
"""The header by which a composition tells the inner listener which step a call is for."""
UPSTREAM: Final = "x-crossway-upstream"
"""The header of answers by which the inner listener tells the runtime what has answered, and the runtime the log."""
UPSTREAM_FIELDS: Final = (
    "upstream_duration_ms",
    "attempts",
    "flags",
    "details",
    "upstream_failure",
    "service",
    "endpoint",
)
"""What it says: fields of the access log, in the order in which the inner listener writes them."""
BACKEND: Final = "backend"
"""What the runtime says beside those: the service that the request was passed on to."""


class Step(Struct, frozen=True):
    """One thing that is done around the call to the backend, or in its place."""

    kind: str
    """What the runtime knows it by: `cache`, `compose`, `plugin`, ..."""
    settings: Raw
    """The settings of the policy as JSON: its spec, dumped."""


class Code(Struct, frozen=True):
    """Python that somebody wrote."""

    name: str
    """What people call it: the name of the plugin or the file."""
    text: str = ""
    """The text of its module; empty for one that is installed."""
    module: str = ""
    """The module, `package.module`, of code that is installed beside the proxy."""
    directory: str = ""
    """Where its other modules are imported from, on the machine of the proxy."""
    version: str = ""
    """Says whether one of these other modules has changed."""


class Bounds(Struct, frozen=True):
    """What a plugin may take, and what happens beyond that."""

    deadline: float = 1.0
    """Seconds that each of its hooks may take, without what they wait for the backend and for bodies."""
    failure: Literal["closed", "open"] = "closed"
    """Whether a request that it fails on is answered with an error, or goes on as it was before."""
    isolation: Literal["proxy", "process"] = "proxy"
    """Where it runs."""
    memory: int = 512 * 2**20
    """How many bytes of memory its own process may take."""
    cpu_time: float = 1.0
    """How many seconds of CPU its own process may take for a request."""


class Described(Struct, frozen=True):
    """What is known of a plugin whose code was loaded once, in a process of its own."""

    code: Code
    attribute: str = ""
    """What the plugin is called in its module."""
    hooks: tuple[str, ...] = ()
    """What it does: `head`, `request`, `response`, `around`, `websocket` or `app`."""
    schema: Raw = Raw(b"{}")
    """The JSON Schema of its settings; without properties for a plugin that has none."""
    documentation: str = ""
    problem: str = ""
    """Why it cannot run, in one sentence; empty if it can."""
    pending: str = ""
    """Why newer code does not take its place; empty if there is none."""
    expected: str = ""
    """What was expected in place of the problem, where that can be said."""
    hint: str = ""
    """What to do about it, where that can be said."""
    beside: tuple[str, ...] = ()
    """The files beside it that it imports from."""
    bounds: Bounds = Bounds()
    """What its resource says."""


PROCESS: Final = "process"
"""The kind of a step that runs a plugin in a process of its own."""
SERVER: Final = "server"
"""The same for a plugin that answers everything. Where it is the only step, the proxy itself forwards to it."""
RUNS: Final = frozenset({"plugin", PROCESS, SERVER})
"""The kinds of steps that run what people wrote; their settings are a `PluginStep`."""


CLAIMED: Final = frozenset({"graphql", "graphql_limits"})
"""The kinds of steps that are told the claims of tokens: fields may ask for scopes."""


class PluginStep(Struct, frozen=True):
    """The settings of a step `plugin`: how a plugin is run on a route."""

    name: str
    """The resource, as people call it."""
    code: str
    """The digest of its code."""
    attribute: str
    """What it is called in its module."""
    namespace: str = "default"
    """Where the services that it calls are looked up."""
    settings: Raw = Raw(b"{}")
    """Its settings on this route, as JSON."""
    bounds: Bounds = Bounds()
    """What its resource says."""
    hooks: tuple[str, ...] = ()
    """What it does, as `Described` says it."""


class Entry(Struct, frozen=True):
    """What is done with the requests of a route, from the outside to the inside."""

    about: str
    """The route, as findings name it."""
    steps: tuple[Step, ...]
    cluster: str
    """The cluster of the inner listener, through which requests go on."""
    route: str
    """The word by which the inner listener knows the route."""


class Purge(Struct, frozen=True):
    """Which answers are not to be given any more: exactly one of the fields after `soft` says so."""

    id: str
    """Its own, so that it is known again."""
    at: float
    """When it was made, in seconds since 1970. What was asked for later stays."""
    soft: bool = False
    """Whether answers only become stale: they are given until there is a new one, where that is allowed."""
    url: str = ""
    """`https://host/path?query`. Whether it is `http` or `https` makes no difference; `/path` means it on every host.
    Parameters of the query that make no difference to the cache are left out."""
    prefix: str = ""
    """What the URL begins with, in the same form: `https://host/pa`, or `/pa` on every host."""
    tag: str = ""
    """A tag in `Surrogate-Key` or `Cache-Tag` of the answer."""
    host: str = ""
    """The host, of any port where it names none."""
    route: str = ""
    """The name of the route."""
    everything: bool = False


class Program(Struct, frozen=True):
    """Everything the runtime of one proxy executes."""

    entries: dict[str, Entry] = {}
    codes: dict[str, Code] = {}
    purges: tuple[Purge, ...] = ()
    """What caches must not give any more, oldest first."""


SHARED_STORE: Final = "CROSSWAY_SHARED_STORE"
"""The variable in the environment of a proxy that holds the URL of the Redis which all proxies share."""
UPLOADS: Final = "CROSSWAY_UPLOADS"
"""The variable that holds the directory in which a proxy keeps uploads that are not complete."""
METRICS: Final = "crossway/metrics"
"""The entry of every program that answers with what its plugins cost, in the Prometheus text format."""
RUNTIME_SOCKET: Final = "runtime.sock"
"""Where the runtime is asked for it, in the directory of the proxy."""
HEADS_SOCKET: Final = "heads.sock"
"""Where the proxy asks the runtime about the heads of requests, in its directory."""
TOLD_AS: Final = {status: status + 400 for status in (200, *range(500, 509), 510, 511)}
"""Statuses that would not be an answer for the client, but `go on` and `no answer`: they are told as others. These are
all that are registered (RFC 9110, section 15.6, and IANA)."""


class Inspecting(Struct, frozen=True):
    """What the settings of a step `waf` say of how it is done."""

    shown: int = 0
    """How many bytes of a body it is shown, if the proxy can ask it; 0 if it has to stand around the call."""


def is_about_heads(entry: Entry) -> bool:
    """Return whether all that *entry* does is to look at requests before they go on, in the proxy itself.

    These are their heads, and of bodies as much as is `shown`.
    """
    return bool(entry.steps) and all(
        (step.kind == "plugin" and json.decode(step.settings, type=PluginStep).hooks == ("head",)) or _inspects(step)
        for step in entry.steps
    )


def shown(entry: Entry) -> int:
    """Return how many bytes of the body of a request the steps of *entry*, which the proxy asks, have to be shown."""
    return max(map(_inspects, entry.steps))


def _inspects(step: Step) -> int:
    return json.decode(step.settings, type=Inspecting).shown if step.kind == "waf" else 0


def socket_path(cluster: str) -> str:
    """Return where the inner listener behind *cluster* is reached from outside of the proxy, in its directory."""
    return f"{hashlib.sha256(cluster.encode()).hexdigest()[:16]}.sock"


def step_word(entry: Entry, place: int) -> str:
    """Return the word by which a process knows the step of *entry* at *place*."""
    return f"{digest(entry)}/{place}"


def process_path(plugin: PluginStep, kind: str) -> str:
    """Return where the process of *plugin* is reached, in the directory of the proxy: one for each *kind* of step."""
    of = (kind, plugin.code, plugin.attribute, plugin.bounds.memory, plugin.bounds.cpu_time)
    return f"{hashlib.sha256(json.encode(of)).hexdigest()[:16]}.process"


def digest(value: Struct) -> str:
    """Return the name of an entry or a code: 16 hexadecimal digits that depend on nothing but what it says."""
    return hashlib.sha256(json.encode(value)).hexdigest()[:16]


def encode(program: Program) -> str:
    """Return *program* as text of letters, digits, `-`, `_` and `=`."""
    return base64.urlsafe_b64encode(zlib.compress(json.encode(program))).decode()


def decode(text: str) -> Program:
    """Return the program that `encode` wrote."""
    return json.decode(zlib.decompress(base64.urlsafe_b64decode(text)), type=Program)
