"""OData v4: sets of entities over REST collections and SQL tables, and bounds on what clients may ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import Discriminator, Field, Tag, model_validator

from crossway.model.call import PathTemplate, Positive, SettableHeader
from crossway.model.expression import Expression
from crossway.model.part import Part, ServiceName, Spec, told
from crossway.model.values import Duration, Secret, Size

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
"""A simple identifier (OData CSDL 4.01, section 15.2)."""
Primitive = Literal[
    "Boolean",
    "Byte",
    "SByte",
    "Int16",
    "Int32",
    "Int64",
    "Single",
    "Double",
    "Decimal",
    "String",
    "Guid",
    "Date",
    "DateTimeOffset",
    "TimeOfDay",
    "Duration",
    "Binary",
]
"""The primitive types, without `Edm.` before them."""


DRIVERS: Final[Mapping[str, str]] = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
"""What speaks with a database, by the scheme of its URL."""


class Property(Part):
    """A property of the entities of a set. In one line, its type."""

    type: Primitive
    """Its type, without `Edm.`: `String`, `Int64`, `Decimal`, `DateTimeOffset`, ..."""
    nullable: bool = True
    """Whether it may be `null`. The key never is."""
    field: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """What it is called where it comes from: the name in an item of the collection, or the column of the table.
    Without it, that is its own name."""

    short_forms = ("type",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"type": value} if isinstance(value, str) else value


class Navigation(Part):
    """A way from an entity to others: to one, or with `many: true` to all that hold its key."""

    set: Name
    """The set of the others."""
    by: Name
    """The property that holds the key: one of this set that has the key of the other; with `many: true`, one of the
    other set that has the key of this one."""
    many: bool = False
    """Whether it leads to several entities."""


class Pushdown(Part):
    """What the service can do by itself, so that less is fetched: the names of parameters of its query."""

    top: str | None = None
    """The parameter for the number of items of an answer. The service is asked for `page_size` items at a time, until
    there are no more; without it, one answer has all of them."""
    skip: str | None = None
    """The parameter for the number of items to leave out from the beginning; it needs `top`."""
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many items the service is asked for at a time. A service that gives fewer than that has no more."""
    filter: Mapping[str, str] = Field(default_factory=dict)
    """Parameters by what they compare: `{status: status, "created ge": since}` sends `$filter=status eq 'open' and
    created ge 2026-01-01` on as `?status=open&since=2026-01-01`. A name alone is short for `eq`. What came is compared
    once more in the gateway, so a parameter that the service ignores does no harm."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Pushdown:
        if self.skip is not None and self.top is None:
            raise ValueError("skip needs top: without it, one answer has all items")
        for text in self.filter:
            words = text.split(" ")
            if len(words) > 2 or (len(words) == 2 and words[1] not in {"eq", "gt", "ge", "lt", "le"}):
                raise told(f"{text!r} compares nothing", expected="a property, or one with eq, gt, ge, lt or le")
        return self


class Collection(Part):
    """A REST collection. What a client asks for and the service cannot do is done in the gateway."""

    service: ServiceName
    """The service that is called; `namespace/name` for one elsewhere."""
    path: PathTemplate
    """The path of the collection, such as `/orders`."""
    item_path: PathTemplate | None = None
    """The path of one item, `/orders/{key}`: `Orders(7)` then asks for this item alone. Without it, the item is looked
    for in the collection."""
    items: Expression | None = None
    """Where the list of items is in the answer, as an expression ([JMESPath](https://jmespath.org)): `data.orders`, or
    `orders[].{id: id, city: address.city}` to give items another shape. Without it, the answer is the list."""
    item: Expression | None = None
    """Where the item is in the answer of `item_path`. Without it, the answer is the item."""
    query: Mapping[Annotated[str, Field(min_length=1)], str] = Field(default_factory=dict)
    """Parameters that each call has."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that the calls carry, such as `authorization`. Who the consumer is, the
    client's address, the trace, the request's id and `Accept-Language` are always passed on."""
    pushdown: Pushdown = Pushdown()
    """What the service can do by itself."""
    max_items: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    """How many items one request may look at, so that a large collection does not fill the proxy. With more, the client
    gets an error that asks for a narrower `$filter`."""
    max_body: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 8 * 2**20
    """The largest answer of the service."""


class Table(Part):
    """An SQL table, or a view."""

    table: Annotated[str, Field(min_length=1, max_length=128)]
    """Its name; `schema.name` for one in another schema than the first."""
    database: Name | None = None
    """Where it is, among `databases`. It may be left out if there is only one."""


class Database(Part):
    """An SQL database. In one line, its URL."""

    url: Secret
    """`postgresql://user:password@host:port/database`, or `sqlite:////path/of/a/file` for one beside each proxy. A
    proxy has to reach it. To keep the password in a file on the proxy, write `?passfile=/path` (PostgreSQL)."""
    connections: Annotated[int, Field(ge=1, le=100)] = 5
    """How many connections each listener of each proxy holds at most, and as many more for changes where a set is
    writable. Requests wait for one to be free."""
    timeout: Positive = timedelta(seconds=5)
    """The time for the statements of one request, with the wait for a connection. The database is told to give up what
    takes longer."""

    short_forms = ("url",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str | Secret) else value

    @model_validator(mode="after")
    def _is_known(self) -> Database:
        check_url(self.url.reveal())
        return self


def check_url(url: str) -> str:
    """Return the URL of a database; `ValueError` if nothing here speaks with it. Nothing of it is in the message."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in DRIVERS:
        raise told(
            "this is not the URL of a database", expected="postgresql://user:password@host/name or sqlite:///path"
        )
    return url


def _tag(value: object) -> str:
    fields = value if isinstance(value, Mapping) else getattr(value, "model_fields_set", ())
    return "Table" if "table" in fields else "Collection"


Source = Annotated[Annotated[Collection, Tag("Collection")] | Annotated[Table, Tag("Table")], Discriminator(_tag)]


class EntitySet(Part):
    """A set of entities: what clients see as `/Orders`."""

    key: Name
    """The property by which an entity is known, `Orders(7)`."""
    properties: Annotated[Mapping[Name, Property], Field(min_length=1, max_length=500)]
    """Its properties, by name. What is not named here is shown to nobody, and cannot be asked about."""
    navigation: Annotated[Mapping[Name, Navigation], Field(max_length=100)] = Field(default_factory=dict)
    """The ways to entities of other sets, by name: `$expand=customer`, `customer/name` in a `$filter`."""
    source: Source
    """Where the entities are: a REST collection (`service`, `path`, ...) or an SQL table (`table`, `database`)."""
    search: tuple[Name, ...] | None = None
    """The properties in which `$search` looks for words. All texts without it; none if it is empty."""
    writable: bool = False
    """Whether clients may create, change and delete entities."""


class QueryLimits(Part):
    """Bounds on what a client may ask in one request."""

    max_top: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """The largest `$top`, within `$expand` too."""
    max_expand_depth: Annotated[int, Field(ge=0, le=10)] = 3
    """How deep `$expand` may stand in `$expand`, and the largest `$levels`. 0 allows none at all."""
    max_expands: Annotated[int, Field(ge=0, le=100)] = 10
    """How many navigation properties one request may expand, at all depths together."""
    max_filter_depth: Annotated[int, Field(ge=1, le=100)] = 20
    """How deep expressions may stand in one another. `a and b and c` is one level."""
    max_filter_nodes: Annotated[int, Field(ge=1, le=2000)] = 200
    """How many operators, functions, properties and literals all expressions of a request may have together."""
    max_orderby: Annotated[int, Field(ge=0, le=50)] = 5
    """How many expressions `$orderby` may have."""
    max_batch: Annotated[int, Field(ge=0, le=1000)] = 100
    """How many requests a `$batch` may have. 0 allows none at all."""
    max_batch_body: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 2**20
    """The largest body of a `$batch`, and of any other request that the gateway has to read."""
    max_url: Annotated[Size, Field(ge=64, le=65_536)] = 8192
    """The longest path with its query, in bytes."""


class OData(Spec):
    """Speak OData v4 with clients; behind it are REST collections and SQL tables.

    Clients ask with `$filter`, `$select`, `$orderby`, `$top`, `$skip`, `$count`, `$expand` and `$search`, get
    `$metadata` in XML and JSON, and put several requests into one `$batch`. The route matches a prefix, `/odata/*`, and
    has no `to`.

    What is asked of a table becomes one SQL statement with bound parameters. Of a collection, as much is left to the
    service as `pushdown` says; the rest is done in the gateway, over at most `max_items` items. A `$filter` of a table
    passes navigation properties to tables of the same database; one of a collection passes all.
    """

    answers: ClassVar[bool] = True

    sets: Annotated[Mapping[Name, EntitySet], Field(min_length=1, max_length=200)]
    """The sets of entities, by the name that clients use."""
    databases: Annotated[Mapping[Name, Database], Field(max_length=10)] = Field(default_factory=dict)
    """The SQL databases, by name."""
    namespace: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", max_length=200)] = "Default"
    """The namespace of the types in `$metadata`."""
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many entities an answer has at most; `@odata.nextLink` leads to the others. A client may ask for fewer, with
    `Prefer: odata.maxpagesize`."""
    limits: QueryLimits = QueryLimits()
    """Bounds on what a client may ask."""
    timeout: Positive = timedelta(seconds=15)
    """The time for one request, or a whole `$batch`."""


class ODataLimits(Spec, QueryLimits):
    """Protect an OData v4 service: bounds on what clients may ask of it, checked before it is asked.

    What goes beyond them is answered with an error in OData's own format. Requests in a `$batch` are checked like all
    others.
    """

    methods: tuple[Literal["GET", "POST", "PATCH", "PUT", "DELETE"], ...] = ("GET", "POST", "PATCH", "PUT", "DELETE")
    """The methods that clients may use; `GET` allows `HEAD` too. `POST` to `$batch` and `$query` is always allowed, as
    these read: what stands in a `$batch` is held to this list."""
    functions: tuple[str, ...] | None = None
    """The functions that expressions may call, such as `[contains, startswith]`; `any` and `all` count as functions.
    Every function if it is left out."""
    orderby: tuple[str, ...] | None = None
    """The properties that `$orderby` may name, with their path: `[name, customer/name]`. Every one if left out."""
    options: tuple[str, ...] | None = None
    """The system query options that clients may use: `[$filter, $select, $top]`. Every one if it is left out."""
    denied: tuple[Name, ...] = ()
    """Properties that clients can neither select, filter, order nor ask for, in whichever set: a request that names
    one is refused, and it is taken out of answers, which have to be JSON of at most `max_body` bytes for that."""
    page_size: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """The page size that the service is asked for (`Prefer: odata.maxpagesize`), unless the client asks for less."""
    max_body: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 8 * 2**20
    """The largest answer out of which `denied` properties are taken."""


class Reached(Part):
    """A database as the runtime reaches it."""

    url: str
    connections: int
    timeout: Duration
    writable: bool
    """Whether any set in it is."""


class ODataService(Part):
    """What the runtime has to know of an OData service: services are named as their clusters here."""

    root: str
    """The path before the names of sets, without a slash at its end."""
    spec: OData
    """The policy, without its databases."""
    databases: Mapping[str, Reached] = Field(default_factory=dict)
