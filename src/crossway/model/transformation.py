"""What a person writes to change bodies: conversions between formats, checks, templates, and moves between places.

Each operation is settings of its own. What can be wrong with them by themselves, such as the syntax of a template or
a schema, is found when they are read.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from crossway.model.conversion import (
    ChangeCharset,
    CsvToJson,
    FieldName,
    FormToJson,
    JsonToCsv,
    JsonToForm,
    JsonToProtobuf,
    JsonToXml,
    Operation,
    ProtobufToJson,
    Statuses,
    Types,
    XmlToJson,
)
from crossway.model.expression import Expression
from crossway.model.part import Part, Spec, told
from crossway.model.route import HeaderName
from crossway.model.template import read_template
from crossway.model.values import Size

OWN_HEADERS: Final = frozenset(
    {"connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
"""Headers by which messages are told apart or kept together (RFC 9110, section 7.6.1): no operation writes them."""

_OWN_PREFIXES: Final = ("x-consumer-", "x-credential-", "x-crossway-", "x-envoy-")


def _pointer(text: str) -> str:
    if not re.fullmatch(r"(/([^~/]|~[01])*)+", text):
        raise ValueError("a JSON pointer (RFC 6901) begins with a slash, such as /user/id")
    return text


Pointer = Annotated[
    str, AfterValidator(_pointer), Field(max_length=1_024, json_schema_extra={"examples": ["/user/id"]})
]
"""A JSON pointer (RFC 6901) to something inside a document."""


def _writable(name: str) -> str:
    if name in OWN_HEADERS or name.startswith(_OWN_PREFIXES):
        raise ValueError(f"{name} is written by the gateway itself")
    return name


WrittenHeader = Annotated[HeaderName, AfterValidator(_writable)]


class BodyToHeaders(Operation):
    """Set headers to what stands in a JSON body.

    A header that is named here is never the client's: where the body has nothing for it, it is taken away. A list
    becomes its items, separated by commas; an object becomes JSON. What is longer than 8 KiB or has other characters
    than visible ASCII and spaces is refused: `transform.header`.
    """

    headers: Annotated[Mapping[WrittenHeader, Expression], Field(min_length=1, max_length=100)]
    """The headers, each with a JMESPath expression for its value, such as `x-user: user.id`."""


class HeadersToBody(Operation):
    """Set fields of a JSON body to what headers say. A message without a body gets one."""

    fields: Annotated[Mapping[Pointer, HeaderName], Field(min_length=1, max_length=100)]
    """The fields, each a JSON pointer with the name of a header: `/user/id: x-user`. A header that is not there writes
    nothing; one that stands there more than once is joined by commas."""
    remove: bool = False
    """Take these headers away."""


class BodyToQuery(Operation):
    """Set query parameters to what stands in a JSON body. Only for requests."""

    parameters: Annotated[Mapping[FieldName, Expression], Field(min_length=1, max_length=100)]
    """The parameters, each with a JMESPath expression for its value. A parameter that is named here is never the
    client's: where the body has nothing for it, it is taken away. A list becomes a parameter that repeats."""


class QueryToBody(Operation):
    """Set fields of a JSON body to what query parameters say. A request without a body gets one. Only for requests."""

    fields: Annotated[Mapping[Pointer, FieldName], Field(min_length=1, max_length=100)]
    """The fields, each a JSON pointer with the name of a parameter: `/page: page`. A parameter that is not there writes
    nothing; one that stands there more than once becomes a list."""
    types: Types = Types.TEXT
    """Values stay text (`text`), or what looks like a number, `true` or `false` becomes one (`guess`)."""
    remove: bool = False
    """Take these parameters away."""


MediaType = Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$", max_length=128)]


class Template(Operation):
    """Write the body by a Jinja template. In one line, the template: `template: '{"id": {{ body.user.id }}}'`.

    It knows `method`, `path`, `query` (the parameters, each its last value), `consumer`, and of the message itself
    `headers`, `body` (what its JSON says, or its text) and, in an answer, `status`. A dot always means a key:
    `body.items` is the field `items`, and `body | items` are pairs.

    What is inserted is written so that it cannot break out: in JSON, a text inside quotes is escaped and anything else
    becomes JSON, so `{"name": "{{ body.name }}", "tags": {{ body.tags }}}` is right; in HTML and XML, markup is
    escaped. Anything else is inserted as it is. To insert what is not there is an error, `transform.template`; use
    `| default("")`. A template defines no macros and loads nothing, and its work is bounded: loops, filters and texts
    of one rendering count together.
    """

    text: Annotated[str, Field(min_length=1)]
    """The template."""
    content_type: MediaType = "application/json"
    """The type of the body that is written, and so how what is inserted is escaped. JSON is checked to be JSON."""
    max_size: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 2**20
    """How large the result may be: 1 MiB by default, as for bodies."""
    on: tuple[Statuses, ...] = ("2xx",)
    """The statuses of the answers that it is done with. Errors of the backend keep their body by default."""

    short_forms = ("text",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_template(self) -> Template:
        read_template(self.text, self.content_type)
        return self


def _check_json(value: object) -> None:
    """Raise `ValueError` if *value*, which YAML can say, is nothing that JSON can."""
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            raise ValueError("the keys of JSON are texts: write them in quotes")
        for inner in value.items():
            _check_json(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_json(inner)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError("JSON has no infinite numbers")
    elif isinstance(value, str):
        value.encode()  # a UnicodeEncodeError is a ValueError
    elif value is not None and not isinstance(value, int | float):
        raise ValueError(f"JSON has no {type(value).__name__}: write it as text, in quotes")


def _json(value: object) -> object:
    _check_json(value)
    return value


Json = Annotated[object, AfterValidator(_json), WithJsonSchema({})]
"""A value that JSON can say."""


def _schema(schema: Mapping[str, object] | bool) -> Mapping[str, object] | bool:
    from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError  # 4 MB

    _check_json(schema)
    content = schema if isinstance(schema, bool) else dict(schema)
    try:
        Draft202012Validator(content, offline=True, pattern_options=RegexOptions(), validate_formats=True)
    except ValidationError as error:
        place = "".join(f"/{step}" for step in error.instance_path)
        hint = "patterns have no look-around and no back references" if error.schema_path[-1:] == ["pattern"] else ""
        message = f"this is no JSON Schema: {error.message}" + (f", at {place}" if place else "")
        raise told(message[:500], hint=hint) from None
    except ValueError as error:
        raise ValueError(f"this is no JSON Schema: {error}"[:500]) from None
    return schema


class JsonSchema(Operation):
    """Check a JSON body against a JSON Schema (draft 2020-12), and change nothing.

    A request that does not fit is answered 400 with the code `transform.schema` and a list `errors`, each with the
    JSON pointer of the place and a message; an answer that does not fit becomes 502. A body that is not JSON is
    refused as well (`transform.type`), as is a missing one, unless the method is one that needs none: GET, HEAD,
    DELETE, OPTIONS. Nothing is loaded for a `$ref`: what it points to stands in the schema. A `pattern` is matched in
    linear time, so it has no look-around and no back references.
    """

    body_schema: Annotated[Mapping[str, object] | bool, AfterValidator(_schema)]
    """The schema."""
    formats: bool = True
    """Check `format`, such as `date-time` and `email`, too."""
    max_errors: Annotated[int, Field(ge=1, le=100)] = 10
    """How many errors are listed at most."""
    on: tuple[Statuses, ...] = ("2xx",)
    """The statuses of the answers that are checked."""


class SetJson(Operation):
    """Set values in a JSON body. Objects on the way are made where they are missing."""

    values: Annotated[Mapping[Pointer, Json], Field(min_length=1, max_length=100)]
    """The values, by their JSON pointers: `/source: web`. `/-` at the end appends to a list."""


class RemoveJson(Operation):
    """Remove values from a JSON body."""

    pointers: Annotated[tuple[Pointer, ...], Field(min_length=1, max_length=100)]
    """The values, by their JSON pointers. What is not there is no error."""


class Transformation(Part):
    """One operation: exactly one of these keys. One without settings is written as its name alone: `- form_to_json`."""

    xml_to_json: XmlToJson | None = None
    """Write XML as JSON."""
    json_to_xml: JsonToXml | None = None
    """Write JSON as XML."""
    form_to_json: FormToJson | None = None
    """Write a form as JSON."""
    json_to_form: JsonToForm | None = None
    """Write JSON as a form."""
    csv_to_json: CsvToJson | None = None
    """Write CSV as JSON."""
    json_to_csv: JsonToCsv | None = None
    """Write JSON as CSV."""
    charset: ChangeCharset | None = None
    """Write text in another character set."""
    protobuf_to_json: ProtobufToJson | None = None
    """Write protobuf as JSON."""
    json_to_protobuf: JsonToProtobuf | None = None
    """Write JSON as protobuf."""
    body_to_headers: BodyToHeaders | None = None
    """Set headers to what stands in the body."""
    headers_to_body: HeadersToBody | None = None
    """Set fields of the body to what headers say."""
    body_to_query: BodyToQuery | None = None
    """Set query parameters to what stands in the body."""
    query_to_body: QueryToBody | None = None
    """Set fields of the body to what query parameters say."""
    template: Template | None = None
    """Write the body by a template."""
    json_schema: JsonSchema | None = None
    """Check the body."""
    set_json: SetJson | None = None
    """Set values in a JSON body."""
    remove_json: RemoveJson | None = None
    """Remove values from a JSON body."""

    short_forms = ({"type": "string"},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str):
            return {value: {}}
        if isinstance(value, Mapping):
            return {key: {} if settings is None else settings for key, settings in value.items()}
        return value

    @model_validator(mode="after")
    def _is_one(self) -> Transformation:
        if len(self.model_fields_set) != 1:
            raise ValueError("an operation is exactly one key with its settings, such as {xml_to_json: {}}")
        return self

    @property
    def kind(self) -> str:
        """The name of the operation."""
        return next(iter(self.model_fields_set))

    @property
    def operation(self) -> Operation:
        """The settings of the operation."""
        found = getattr(self, self.kind)
        assert isinstance(found, Operation)
        return found


class OnError(enum.StrEnum):
    """What becomes of a body that cannot be transformed."""

    REFUSE = "refuse"
    PASS = "pass"


REQUEST_ONLY: Final = frozenset({"body_to_query", "query_to_body"})
"""Operations that answers have no place for."""

MAX_OPERATIONS: Final = 32


class Transform(Spec):
    """Change the bodies of requests and answers: convert, check, fill a template, move values between body and headers.

    Operations are done in their order, and each only where the body is of its type. A body is read whole, so this is
    not for streams. One that is compressed with gzip, deflate or Brotli is decompressed first and goes on uncompressed;
    backends are asked for uncompressed answers, and for whole ones: `Range` is taken away where answers change.

    A request that cannot be transformed is answered 400 (413 if it is too large, 415 for a type or compression that
    cannot be read), an answer of the backend becomes 502: `application/problem+json` with a `code`, such as
    `transform.malformed`, `transform.too_deep`, `transform.too_large`, `transform.entity`, `transform.charset`,
    `transform.schema`. Answers with 204 and 304, and those to HEAD, have no body and are left as they are. The `ETag`
    of a changed answer becomes a weak one, since these are other bytes.
    """

    request: Annotated[tuple[Transformation, ...], Field(max_length=MAX_OPERATIONS)] = ()
    """What is done with requests, in this order."""
    response: Annotated[tuple[Transformation, ...], Field(max_length=MAX_OPERATIONS)] = ()
    """What is done with answers, in this order."""
    max_size: Annotated[Size, Field(ge=1, le=64 * 2**20)] = 2**20
    """How large a body may be, compressed and uncompressed, before it is changed. 1 MiB by default: it is in memory
    several times while it is converted."""
    max_depth: Annotated[int, Field(ge=1, le=256)] = 64
    """How deeply lists, objects and elements may be nested. 64 by default, which no sensible document reaches."""
    max_items: Annotated[int, Field(ge=1, le=1_000_000)] = 50_000
    """How many elements and attributes XML may have, cells a CSV, and fields a form. Each takes far more memory than
    the few bytes it is written in."""
    on_error: OnError = OnError.REFUSE
    """What becomes of a message that cannot be transformed: it is refused (`refuse`), or goes on as it came (`pass`).
    With `pass`, `json_schema` guards nothing."""

    @model_validator(mode="after")
    def _fits(self) -> Transform:
        if not (self.request or self.response):
            raise ValueError("transform needs at least one operation, under request or response")
        for step in self.request:
            if "on" in step.operation.model_fields_set:
                raise ValueError(f"on is about the status of answers: {step.kind} of a request has none")
        for step in self.response:
            if step.kind in REQUEST_ONLY:
                raise ValueError(f"{step.kind} is for requests: answers have no query")
        return self
