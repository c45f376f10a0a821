"""Operations made ready: what each does with a message, and with which. What one needs is imported when one is there.

The libraries behind some of them take megabytes, and they live in the proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from crossway.model import conversion, transformation
from crossway.model.conversion import Invalid
from crossway.model.transformation import Transform, Transformation
from crossway.runtime.converting import charset
from crossway.runtime.converting.content import JSON, Content, Exchange, is_json, is_text, is_xml
from crossway.runtime.converting.document import check_depth, place, remove, steps_of
from crossway.runtime.converting.refusal import Refusal
from crossway.sdk.http import Request, Response

GROWTH: Final = 8
"""How many times larger than `max_size` a body may become by a conversion."""
PROTOBUF: Final = "application/x-protobuf"
_PROTOBUF: Final = frozenset({PROTOBUF, "application/protobuf", "application/vnd.google.protobuf"})
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation, made ready."""

    fits: Callable[[str], bool]
    """Whether it has to see a body of this type."""
    run: Callable[[Exchange], None]
    always: bool = False
    """Whether it has something to do without a body too, or with one that does not fit."""
    headers: tuple[str, ...] = ()
    """Headers that mean nothing unless it wrote them."""
    query: Callable[[str], str] = str
    """Takes parameters out of a query that mean nothing unless it wrote them."""
    personal: bool = False
    """Whether its result depends on the consumer."""
    on: tuple[str, ...] = ()
    """The statuses of the answers that it is for; all of them if empty."""

    def is_for(self, status: int) -> bool:
        """Return whether it is done with answers of *status*."""
        return not self.on or str(status) in self.on or f"{status // 100}xx" in self.on


def make_ready(step: Transformation, limits: Transform) -> Ready:
    """Return what does the operation of *step*."""
    settings = step.operation
    return replace(_MAKERS[type(settings)](settings, limits), on=settings.on)


def _xml_to_json(settings: conversion.XmlToJson, limits: Transform) -> Ready:
    from crossway.runtime.converting.markup import read_xml

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            value = read_xml(
                content.data, content.charset, settings, max_depth=limits.max_depth, max_items=limits.max_items
            )
            content.say(value, JSON)

    return Ready(is_xml, run)


def _json_to_xml(settings: conversion.JsonToXml, limits: Transform) -> Ready:
    from crossway.runtime.converting.markup import write_xml

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            size = GROWTH * limits.max_size
            written = write_xml(content.value, settings, max_depth=limits.max_depth, max_size=size)
            content.become(written, f"{settings.content_type}; charset=utf-8")

    return Ready(is_json, run)


def _form_to_json(settings: conversion.FormToJson, limits: Transform) -> Ready:
    from crossway.runtime.converting.form import read_form

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            content.say(read_form(content.data, content.content_type, settings, max_items=limits.max_items), JSON)

    return Ready(_FORMS.__contains__, run)


def _json_to_form(_: conversion.JsonToForm, limits: Transform) -> Ready:
    from crossway.runtime.converting.form import URLENCODED, write_form

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            content.become(write_form(content.value, max_size=GROWTH * limits.max_size), URLENCODED)

    return Ready(is_json, run)


def _csv_to_json(settings: conversion.CsvToJson, limits: Transform) -> Ready:
    from crossway.runtime.converting.table import read_csv

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            text = charset.decode(content.data, content.charset or "utf-8")
            size = GROWTH * limits.max_size
            content.say(read_csv(text, settings, max_items=limits.max_items, max_size=size), JSON)

    return Ready("text/csv".__eq__, run)


def _json_to_csv(settings: conversion.JsonToCsv, limits: Transform) -> Ready:
    from crossway.runtime.converting.table import write_csv

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            written = write_csv(content.value, settings, max_items=limits.max_items)
            content.become(written, "text/csv; charset=utf-8")

    return Ready(is_json, run)


def _charset(settings: conversion.ChangeCharset, _: Transform) -> Ready:
    replaces = settings.invalid is Invalid.REPLACE

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            xml = is_xml(content.media_type)
            source = content.charset or (xml and charset.declared(content.data)) or settings.assume
            text = charset.decode(content.data, source, replace=replaces)
            if xml:
                text = charset.with_declaration(text, settings.to)
            written = charset.encode(text, settings.to, replace=replaces)
            content.become(written, charset.with_parameter(content.content_type, settings.to))

    return Ready(is_text, run)


def _protobuf_to_json(settings: conversion.ProtobufToJson, limits: Transform) -> Ready:
    from crossway.runtime.converting.message import Codec

    codec = Codec(settings)

    def run(exchange: Exchange) -> None:
        content = exchange.content
        value = codec.read(content.data, settings, max_items=limits.max_items)
        check_depth(value, limits.max_depth)
        content.say(value, JSON)

    return Ready(_PROTOBUF.__contains__, run)


def _json_to_protobuf(settings: conversion.JsonToProtobuf, _: Transform) -> Ready:
    from crossway.runtime.converting.message import Codec

    codec = Codec(settings)

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            content.become(codec.write(content.value, settings), PROTOBUF)

    return Ready(is_json, run)


def _body_to_headers(settings: transformation.BodyToHeaders, _: Transform) -> Ready:
    from crossway.runtime.converting.places import BodyIntoHeaders

    mover = BodyIntoHeaders(settings)

    def run(exchange: Exchange) -> None:
        content = exchange.content
        mover.move(content.value if content and is_json(content.media_type) else None, exchange.message.headers)

    return Ready(is_json, run, always=True, headers=mover.names)


def _body_to_query(settings: transformation.BodyToQuery, _: Transform) -> Ready:
    from crossway.runtime.converting.places import BodyIntoQuery

    mover = BodyIntoQuery(settings)

    def run(exchange: Exchange) -> None:
        content, request = exchange.content, exchange.request
        request.query = mover.move(content.value if content and is_json(content.media_type) else None, request.query)

    return Ready(is_json, run, always=True, query=mover.without)


def _headers_to_body(settings: transformation.HeadersToBody, _: Transform) -> Ready:
    from crossway.runtime.converting.places import HeadersIntoBody

    mover = HeadersIntoBody(settings)

    def run(exchange: Exchange) -> None:
        content = exchange.content
        document = content.value if content else {}
        mover.move(document, exchange.message.headers)
        content.say(document)

    return Ready(_is_json_or_nothing, run)


def _query_to_body(settings: transformation.QueryToBody, _: Transform) -> Ready:
    from crossway.runtime.converting.places import QueryIntoBody

    mover = QueryIntoBody(settings)

    def run(exchange: Exchange) -> None:
        content, request = exchange.content, exchange.request
        document = content.value if content else {}
        request.query = mover.move(document, request.query)
        content.say(document)

    return Ready(_is_json_or_nothing, run)


def _is_json_or_nothing(media_type: str) -> bool:
    return not media_type or is_json(media_type)


def _template(settings: transformation.Template, limits: Transform) -> Ready:
    from crossway.runtime.converting.rendering import Rendering

    rendering = Rendering(settings)
    variables: Mapping[str, Callable[[Exchange], object]] = {
        name: variable for name, variable in _VARIABLES.items() if name in rendering.used
    }
    text = settings.content_type.startswith("text/") or is_xml(settings.content_type)
    content_type = f"{settings.content_type}; charset=utf-8" if text else settings.content_type

    def run(exchange: Exchange) -> None:
        told = {name: variable(exchange) for name, variable in variables.items()}
        exchange.content.become(rendering.render(told, limits.max_depth), content_type)

    return Ready(lambda _: True, run, personal="consumer" in rendering.used)


def _body(content: Content) -> object:
    """Return what a template knows as `body`."""
    if is_json(content.media_type):
        return content.value if content else None
    source = content.charset or "utf-8"
    return charset.decode(content.data, source, replace=not is_text(content.media_type))


def _headers(exchange: Exchange) -> dict[str, str]:
    headers = exchange.message.headers
    return {name: ", ".join(headers.get_all(name)) for name in headers}


_VARIABLES: Final[Mapping[str, Callable[[Exchange], object]]] = {
    "method": lambda exchange: exchange.request.method,
    "path": lambda exchange: exchange.request.path,
    "query": lambda exchange: exchange.request.params,
    "consumer": lambda exchange: exchange.request.consumer,
    "headers": _headers,
    "body": lambda exchange: _body(exchange.content),
    "status": lambda exchange: exchange.message.status if isinstance(exchange.message, Response) else None,
}


def _json_schema(settings: transformation.JsonSchema, _: Transform) -> Ready:
    from crossway.runtime.converting.schema import Check

    check = Check(settings)

    def run(exchange: Exchange) -> None:
        content, message = exchange.content, exchange.message
        if not content and isinstance(message, Request) and message.method in _BODILESS:
            return
        if not content or not is_json(content.media_type):
            raise Refusal("transform.type", "the body has to be JSON", status=415)
        check.check(content.value)

    return Ready(lambda _: True, run)


def _set_json(settings: transformation.SetJson, _: Transform) -> Ready:
    from msgspec import json

    # Each message gets values of its own, since later operations may change them.
    values = [(steps_of(pointer), json.encode(value)) for pointer, value in settings.values.items()]

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            document = content.value
            for steps, value in values:
                place(document, steps, json.decode(value))
            content.say(document)

    return Ready(is_json, run)


def _remove_json(settings: transformation.RemoveJson, _: Transform) -> Ready:
    pointers = [steps_of(pointer) for pointer in settings.pointers]

    def run(exchange: Exchange) -> None:
        content = exchange.content
        if content:
            document = content.value
            for steps in pointers:
                remove(document, steps)
            content.say(document)

    return Ready(is_json, run)


_MAKERS: Final[dict[type[conversion.Operation], Callable[..., Ready]]] = {
    conversion.XmlToJson: _xml_to_json,
    conversion.JsonToXml: _json_to_xml,
    conversion.FormToJson: _form_to_json,
    conversion.JsonToForm: _json_to_form,
    conversion.CsvToJson: _csv_to_json,
    conversion.JsonToCsv: _json_to_csv,
    conversion.ChangeCharset: _charset,
    conversion.ProtobufToJson: _protobuf_to_json,
    conversion.JsonToProtobuf: _json_to_protobuf,
    transformation.BodyToHeaders: _body_to_headers,
    transformation.BodyToQuery: _body_to_query,
    transformation.HeadersToBody: _headers_to_body,
    transformation.QueryToBody: _query_to_body,
    transformation.Template: _template,
    transformation.JsonSchema: _json_schema,
    transformation.SetJson: _set_json,
    transformation.RemoveJson: _remove_json,
}
