"""WebSocket APIs: clients send messages, each of which becomes a call of a service, and services push messages back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field, field_validator, model_validator

from crossway.model.call import Positive
from crossway.model.expression import Expression, Record, Shape, Template
from crossway.model.operation import Called, Operation
from crossway.model.part import Names, Part, Spec
from crossway.model.rate import Rate, Unit
from crossway.model.values import Size

CONNECT: Final = "$connect"
DISCONNECT: Final = "$disconnect"
DEFAULT: Final = "$default"

LARGEST_MESSAGE: Final = 16 * 2**20
"""The most that `max_message` may be, in bytes: a message is in memory as a whole."""
RouteName = Annotated[str, Field(pattern=r"^[^$].{0,127}$")]
Subprotocol = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$")]
KNOWN: Final[Mapping[str, Shape]] = {
    "connection": Record(
        ("connection",), dict.fromkeys(("id", "groups", "query", "headers", "subprotocol")), "connection"
    ),
    "consumer": Record(("consumer",), dict.fromkeys(("name", "groups")), "consumer"),
}
"""What expressions of every operation may mention."""
OF_MESSAGE: Final[Mapping[str, Shape]] = {**KNOWN, "message": None}
OF_DISCONNECT: Final[Mapping[str, Shape]] = {
    **KNOWN,
    "close": Record(("close",), dict.fromkeys(("code", "reason")), "close"),
}


class WebSocketApi(Spec):
    """Turn the messages of WebSocket clients into calls of services, and what these answer into messages.

    A field of the message, `action` unless `route_by` says otherwise, names the operation. The services need not speak
    WebSocket: each message is a request of its own to them, and so are a client's coming and its leaving. To send
    something to a client at any time, a service asks the route with the policy `websocket_push`. The route has no `to`.

    Expressions are [JMESPath](https://jmespath.org). They see `message` (parsed if it is JSON, else its text) and
    `connection`: `id`, `groups`, `query` and `headers` of the request that opened it, `subprotocol`; and `consumer`:
    `name`, `groups`. In `disconnect` they see `close`, with `code` and `reason`, in place of `message`.

    A client that cannot speak WebSocket may read: a GET with `accept: text/event-stream` on the same route opens a
    connection over which the same messages come as server-sent events.
    """

    answers: ClassVar[bool] = True

    route_by: Expression = "action"
    """The expression that gives the name of the operation for a message; it sees the message itself."""
    routes: Annotated[Mapping[RouteName, Operation], Field(max_length=500)] = Field(default_factory=dict)
    """The operations, by the name that `route_by` gives. What one gives is sent to the client as a message, in JSON;
    `null` is not sent. A failure is sent as `{"error": {"code": ..., "detail": ..., "status": ...}}`."""
    default: Operation | None = None
    """The operation for all other messages, those that are no JSON among them. Without it they are answered with an
    error."""
    connect: Operation | None = None
    """The operation for a client that comes. If it fails, the handshake is refused: with the status of the service,
    if that has refused it (4xx), else with 502."""
    disconnect: Operation | None = None
    """The operation for a client that has left. Nobody waits for it, and whether it fails makes no difference."""
    groups: Annotated[tuple[Template, ...], Field(max_length=20)] = ()
    """The groups that a client is in from the start, with expressions in braces: `room-{connection.query.room}`. One
    whose expression gives nothing is left out. Groups are joined and left later through `websocket_push`."""
    subprotocols: Annotated[tuple[Subprotocol, ...], Field(max_length=20)] = ()
    """The subprotocols that are spoken, the best first: the first of them that the client offers is agreed to. A client
    that offers only others is accepted without one."""
    max_message: Annotated[Size, Field(ge=1, le=LARGEST_MESSAGE)] = 131_072
    """The bytes of one message of a client, in all of its frames, at most 16MiB. More closes the connection with the
    code 1009. 128KiB is what cloud gateways allow."""
    rate: Rate = Rate(100, Unit.SECOND)
    """How many messages one client may send. More closes its connection with the code 1008."""
    max_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 50_000
    """How many clients may be connected to one proxy at once. The next one is answered 503."""
    max_connections_per_consumer: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many of those may be of one consumer. The next one is answered 429."""
    idle: Positive = timedelta(minutes=10)
    """Close a connection on which there was no message in this time, in neither direction, with the code 1001. Pings
    do not count."""
    ping: Annotated[Positive, Field(le=timedelta(minutes=2))] = timedelta(seconds=30)
    """Ping a client that has said nothing in this time, at most 2m. One that says nothing for as long again has
    gone."""
    lifetime: Positive = timedelta(hours=2)
    """Close each connection after this time, with the code 1001. The client connects anew, and is authenticated
    anew."""
    replay: Annotated[int, Field(ge=0, le=10_000)] = 100
    """How many messages are kept for a client that reads server-sent events, so that it misses none when it comes back
    with `last-event-id` (to the same proxy, within 30 seconds). 0 keeps none."""

    @field_validator("subprotocols")
    @classmethod
    def _are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({*value}) < len(value):
            raise ValueError("a subprotocol stands here twice")
        return value

    def operations(self) -> Iterator[tuple[str, Operation, Mapping[str, Shape], tuple[str, ...]]]:
        """Yield each operation: its name, what its expressions may mention, and where it stands."""
        for name, operation in self.routes.items():
            yield name, operation, OF_MESSAGE, ("routes", name)
        for name, word, known in (
            (DEFAULT, "default", OF_MESSAGE),
            (CONNECT, "connect", KNOWN),
            (DISCONNECT, "disconnect", OF_DISCONNECT),
        ):
            operation = getattr(self, word)
            if operation is not None:
                yield name, operation, known, (word,)

    def settings(self) -> WebSocketApi:
        """Return the same without its operations."""
        said = self.model_fields_set - {"routes", "default", "connect", "disconnect"}
        return WebSocketApi.model_validate({name: getattr(self, name) for name in said})


class CompiledApi(Part):
    """What the runtime has to know of an API."""

    name: str
    """The route: by this clients are found, whichever settings they came under."""
    spec: WebSocketApi
    """Its settings, without operations."""
    calls: Mapping[str, Called]
    """The operations, by their names."""
    keeps_headers: bool = False
    """Whether an expression reads the headers of the request that opened a connection."""


class WebSocketPush(Spec):
    """Let services send messages to the clients of a WebSocket API, and close their connections.

    Put it on a route of its own, and guard that: whoever reaches it reaches all clients. Behind the path of the route:

    - `POST /@connections/{id}` sends the body to a client: as binary if its type is `application/octet-stream`, else
      as text. `GET` says who it is, `DELETE` closes it.
    - `POST /@groups/{group}` sends it to all members of a group.
    - `PUT /@groups/{group}/{id}` makes a client a member, and `DELETE` takes that back.
    - `POST /@connections` sends it to all clients.

    204 is done, 202 that it is on its way to clients of several proxies, and 410 that there is no such client any more.
    Proxies find each other in the Redis that they share (`--shared-store`). Without one, clients of the same proxy are
    reached. While it is away, these still are, and what would concern others is answered 503.
    """

    answers: ClassVar[bool] = True

    short_forms = ("api",)

    api: Annotated[str, Names("routes")]
    """The route with the policy `websocket_api`; `namespace/name` for one elsewhere."""
    max_message: Annotated[Size, Field(ge=1, le=LARGEST_MESSAGE)] = 2**20
    """The bytes of one message, at most 16MiB. More is answered 413."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"api": value} if isinstance(value, str) else value


class CompiledPush(Part):
    """What the runtime has to know of a way to push."""

    api: str
    max_message: int
