"""What a person writes for services that speak SOAP, or clients that do, and what the runtime is told of it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Raw, Struct
from pydantic import AfterValidator, Field, JsonValue

from crossway.model.call import Positive
from crossway.model.certificate import STORED_SECRET
from crossway.model.definition import DefinitionName
from crossway.model.expression import Tree
from crossway.model.messages import Contract
from crossway.model.operation import Operation
from crossway.model.part import Part, ServiceName, Spec
from crossway.model.route import Method
from crossway.model.values import Duration, Secret, Size

_SEGMENT: Final = r"([A-Za-z0-9._~!$&'()*+,;=:@-]+|\{[A-Za-z_][\w.-]*\})"


def _path(text: str) -> str:
    if not re.fullmatch(rf"(/{_SEGMENT})+", text):
        raise ValueError("a path has segments that are plain, or a field in braces: /orders/{id}")
    return text


def _readable_here(secret: Secret) -> Secret:
    if secret.reveal().startswith(STORED_SECRET):
        raise ValueError("a secret of the store cannot be used here: write the text itself")
    return secret


OperationName = Annotated[str, Field(min_length=1, max_length=256)]
RestPath = Annotated[
    str, AfterValidator(_path), Field(max_length=1024, json_schema_extra={"examples": ["/orders/{id}"]})
]
Status = Annotated[int, Field(ge=400, le=599)]


class RestOperation(Part):
    """How one operation is called by clients that speak REST."""

    method: Method = "POST"
    """The method."""
    path: RestPath | None = None
    """The path behind the prefix that the route matches: `/orders/{id}`. What stands in braces is the element of the
    request with this name, `{order.id}` one inside another element. Without it, the name of the operation: `/GetOrder`.
    """


class PasswordType(enum.StrEnum):
    """How a password is sent."""

    TEXT = "text"
    DIGEST = "digest"


class UsernameToken(Part):
    """A username and a password by which the gateway shows who it is (WS-Security UsernameToken Profile 1.1)."""

    username: Annotated[str, Field(min_length=1, max_length=256)]
    """The username."""
    password: Annotated[Secret, AfterValidator(_readable_here)]
    """The password."""
    type: PasswordType = PasswordType.TEXT
    """How it is sent: as it is (`text`), with which the service can compare a hash, so use TLS; or as a `digest` with
    a nonce and the time, for which the service has to know the password itself."""
    lifetime: Annotated[Duration, Field(gt=timedelta(), le=timedelta(days=1))] | None = None
    """Add a timestamp that says how long the message holds, which some servers ask for: `5m`. There is none without
    it."""


class Attachments(enum.StrEnum):
    """How binary values travel."""

    INLINE = "inline"
    MTOM = "mtom"
    SWA = "swa"


class SoapBackend(Spec):
    """Let clients that speak JSON call a service that speaks SOAP, as its WSDL describes it.

    Each operation is a `POST` of JSON to its name behind the prefix of the route, `POST /orders/GetOrder`, or what
    `operations` says. Elements are fields of JSON in their order of the schema, attributes are fields with `@` before
    their name, a text beside attributes is `#text`, what may be there more than once is a list, `xsi:nil` is `null`,
    and `@xsi:type` names the type where one stands upon another. Numbers keep their digits. What is put before and
    behind the envelope's body is not seen: the answer is the content of the output.

    A request that the schema does not allow is answered 400 with the place that is wrong. A fault becomes a problem
    (RFC 9457) with its detail as JSON: 400 if the client is to blame (`Client`, `Sender`), 502 if the service is, and
    what `faults` says for those that the WSDL declares. What the backend says without SOAP passes as it is.

    The WSDL is read when the configuration is; nothing is fetched. Read are WSDL 1.1 with SOAP 1.1 and 1.2,
    document/literal and rpc/literal.
    """

    definition: DefinitionName
    """The definition with the WSDL."""
    port: Annotated[str, Field(max_length=256)] = ""
    """The port of the service in the WSDL; the first one that speaks SOAP without it. It decides about the version."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=2048)] | None = None
    """The path at the backend, with its query; that of the port's address in the WSDL without it."""
    operations: Annotated[Mapping[OperationName, RestOperation], Field(max_length=2000)] = Field(default_factory=dict)
    """The operations that can be called, and how: `GetOrder: {method: GET, path: "/orders/{id}"}`. All of the WSDL,
    by `POST`, if none is named; no others, if some are. With GET, HEAD and DELETE, the parameters of the query are the
    elements: `?status=open`, and `?filter.status=open` for one inside another."""
    faults: Annotated[Mapping[OperationName, Status], Field(max_length=1000)] = Field(default_factory=dict)
    """The HTTP status for faults that the WSDL declares, by the name of the fault or of its element:
    `OrderNotFound: 404`."""
    headers: Annotated[Mapping[OperationName, Tree], Field(max_length=50)] = Field(default_factory=dict)
    """SOAP headers, by the name of the element that the WSDL declares for an operation, or `{namespace}Name` for one
    that no WSDL declares. The value is an expression (JMESPath) or an object with expressions, which see `headers`,
    `query` and `consumer` of the request: `Tenant: headers."x-tenant"`. One that gives nothing is left out."""
    username_token: UsernameToken | None = None
    """Show who the gateway is."""
    addressing: bool = False
    """Whether to add the headers of WS-Addressing 1.0, which WCF services with `wsHttpBinding` ask for."""
    attachments: Attachments = Attachments.INLINE
    """How binary values are sent: as base64 within the envelope (`inline`), those of 1 KiB and more beside it (`mtom`),
    or whatever `#attachments` of the request lists, beside it (`swa`). Answers are read in all three ways. In JSON
    they are base64; a client may send `multipart/form-data` with files, too."""
    openapi: RestPath | None = None
    """Where the OpenAPI description of the REST API can be had with GET, behind the prefix of the route:
    `/openapi.json`. Nowhere without it."""
    max_size: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 2**20
    """The largest body, of a request or an answer: 413 or 502 is said for more. It is taken into memory as a whole, so
    the default, 1MiB, is on the small side. A message has 50,000 elements at most, and 64 inside one another."""


class RestRoute(Struct, frozen=True):
    """A way to call an operation."""

    operation: str
    method: str
    path: str
    """The whole path, the prefix of the route included."""


class Token(Struct, frozen=True):
    """A `UsernameToken` with what it hides."""

    username: str
    password: str
    digest: bool
    lifetime: float


class BackendPlan(Struct, frozen=True, omit_defaults=True):
    """What the runtime has to know to call a service that speaks SOAP."""

    contract: Contract
    routes: tuple[RestRoute, ...]
    path: str
    max_size: int
    faults: Mapping[str, int] = {}
    headers: Mapping[str, Raw] = {}
    """Values with expressions in them, as JSON."""
    token: Token | None = None
    addressing: bool = False
    attachments: Literal["inline", "mtom", "swa"] = "inline"
    openapi_path: str = ""
    openapi: Raw = Raw(b"null")


ElementName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.-]*$", max_length=256)]
Fields = Annotated[Mapping[ElementName, JsonValue], Field(max_length=1000)]
"""Elements, by name: words, elements of their own, or a list with one of those."""


class SoapOperation(Part):
    """One operation of a SOAP service, and the call that it becomes."""

    request: Fields | None = None
    """The elements of the request, in their order: `{id: string, lines: "integer[]"}`. A word is `string`, `integer`,
    `number`, `decimal`, `boolean`, `date`, `datetime` or `binary`, with `?` behind it if the element may be left out,
    and `[]` if there may be any number of it; a mapping is an element with elements of its own, a list of one mapping
    any number of these. Only without a WSDL."""
    response: Fields | None = None
    """The elements of the response, in the same way. An answer of a service that is no object stands under its only
    element. Only without a WSDL."""
    call: Operation
    """The call of a service. Its expressions see `params`, the request as JSON; `soap_headers`, by name; and `headers`,
    `query` and `consumer`. The answer is read as the response, or as what `answer` gives."""
    faults: Annotated[Mapping[Status, OperationName], Field(max_length=50)] = Field(default_factory=dict)
    """The faults that stand for statuses of the service: `404: OrderNotFound`. With a WSDL they are those that it
    declares, and what the service said is their detail; without one, they have the text `detail` of the problem that
    the service said."""


class Soap(Spec):
    """Let clients that speak SOAP call services that speak REST or gRPC.

    Clients get the WSDL at `?wsdl`, with the address by which they came, and speak SOAP 1.1 or 1.2, document/literal:
    they are answered in the version in which they ask. The route has no `to`.

    A request that the schema does not allow is answered with the fault `Client` (in SOAP 1.2, `Sender`). So is one that
    a service refuses with 4xx; other failures are `Server` (`Receiver`). A header that has to be understood and is not
    declared is the fault `MustUnderstand`; an envelope of another version than its content type is `VersionMismatch`.
    """

    answers: ClassVar[bool] = True

    definition: DefinitionName | None = None
    """The definition with a WSDL that clients already have, which is kept as it is; or with an OpenAPI document (3.0 or
    3.1), each operation of which becomes one of SOAP. Without it, `operations` says everything."""
    port: Annotated[str, Field(max_length=256)] = ""
    """The port of the service in the WSDL; the first one that speaks SOAP without it."""
    service: ServiceName | None = None
    """The service that an OpenAPI document describes, which is called for all operations that `operations` does not
    name."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.-]*$", max_length=256)] = "Service"
    """The name of the service in a WSDL that is made here."""
    namespace: Annotated[str, Field(pattern=r"^[!-~]+$", max_length=1024)] = "urn:crossway:soap"
    """The namespace of the operations in a WSDL that is made here. Clients depend on it: it is better not changed."""
    operations: Annotated[Mapping[OperationName, SoapOperation], Field(max_length=2000)] = Field(default_factory=dict)
    """The operations, by name."""
    username_token: Literal["refuse", "basic"] = "refuse"
    """What becomes of a `UsernameToken` of WS-Security: it is refused, or handed on as `Authorization: Basic`, which
    calls with `forward: [authorization]` carry. A digest of a password cannot be handed on."""
    timeout: Positive = timedelta(seconds=15)
    """The time for the call of the service, with its whole answer."""
    max_size: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 2**20
    """The largest body, of a request or of an answer of a service: each is taken into memory as a whole. A message has
    50,000 elements at most, and 64 inside one another."""


class EndpointCall(Struct, frozen=True, omit_defaults=True):
    """What becomes of one operation."""

    called: Raw
    """The call of a service: a `Called`."""
    faults: Mapping[str, str] = {}
    """The names of the faults that stand for statuses of the service."""


class EndpointPlan(Struct, frozen=True, omit_defaults=True):
    """What the runtime has to know to be a service that speaks SOAP."""

    contract: Contract
    calls: Mapping[str, EndpointCall]
    wsdl: tuple[str, ...]
    """The WSDL in pieces, between which the address stands by which a client came."""
    max_size: int
    timeout: float
    beside: Mapping[str, str] = {}
    """The files that the WSDL imports."""
    basic: bool = False
    """Whether a `UsernameToken` is handed on."""
