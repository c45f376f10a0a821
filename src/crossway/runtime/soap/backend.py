"""Clients speak REST, the backend speaks SOAP: JSON becomes an envelope, the answer becomes JSON, a fault a problem."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import msgspec

from crossway.model.messages import Element, Operation
from crossway.model.soap import BackendPlan
from crossway.runtime.composing.expressions import Compute, Interpreter, tree
from crossway.runtime.composing.expressions import UnfitError as UnfitExpressionError
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.soap import apart, attachments, envelope
from crossway.runtime.soap.asking import ATTACHMENTS, RefusedError, Ways, asked, attached
from crossway.runtime.soap.attachments import Beside
from crossway.runtime.soap.envelope import Envelope, Fault, VersionError
from crossway.runtime.soap.reading import Reader, UnreadableError, generic
from crossway.runtime.soap.security import SECURITY, TIMESTAMP, username_token
from crossway.runtime.soap.values import UnfitError, Value
from crossway.runtime.soap.writing import BESIDE, Writer
from crossway.runtime.telling import is_due
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

_OF_THE_CLIENT: Final = frozenset(
    {"accept", "accept-encoding", "content-digest", "content-encoding", "content-length", "content-md5", "content-type"}
    | {"digest", "expect", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"}
    | {"repr-digest", "soapaction", "transfer-encoding"}
)
"""Headers of a request that hold for what the client has sent and waits for."""
_OF_THE_BACKEND: Final = frozenset(
    {"accept-ranges", "content-digest", "content-encoding", "content-id", "content-length", "content-md5"}
    | {"content-transfer-encoding", "content-type", "digest", "etag", "last-modified", "mime-version", "repr-digest"}
    | {"transfer-encoding"}
)
"""The same of an answer."""
_ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return _Bridge(msgspec.json.decode(settings, type=BackendPlan), about, tools).handle


class _Bridge:
    def __init__(self, plan: BackendPlan, about: str, tools: Tools) -> None:
        self._plan, self._about, self._clock = plan, about, tools.clock
        contract = plan.contract
        operations = contract.operations.values()
        headers = [each for one in operations for each in (*one.headers, *one.answer_headers)]
        inputs = [each.input for each in operations]
        self._writer = Writer(contract.types, [*inputs, *headers])
        self._reader = Reader(contract.types)
        self._version = contract.version
        self._ways = Ways(plan.routes)
        self._headers: dict[str, Compute] = {
            name: tree(msgspec.json.decode(value)) for name, value in plan.headers.items()
        }
        self._openapi = bytes(plan.openapi)

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Answer *request* by an operation of the backend."""
        try:
            if self._plan.openapi_path and (request.method, request.path) == ("GET", self._plan.openapi_path):
                return Response(200, {"content-type": "application/json"}, self._openapi)
            name, fields = self._ways.find(request)
            operation = self._plan.contract.operations[name]
            is_head = request.method == "HEAD"
            value = await asked(request, fields, self._plan.max_size)
            await apart(len(request.body) if request.is_read else 0, self._write, request, operation, value)
            answer = await self._answer(name, operation, await call_next(request))
            if is_head:
                answer.arriving(b"")
            return answer
        except RefusedError as refusal:
            return refusal.answer

    def _write(self, request: Request, operation: Operation, value: Value) -> None:
        """Make *request* one in SOAP."""
        plan, version = self._plan, self._version
        beside = Beside() if plan.attachments == "mtom" else None
        others = attached(value) if plan.attachments == "swa" else []
        token = BESIDE.set(beside)
        try:
            body = self._writer.element(operation.input, value)
        except UnfitError as error:
            raise RefusedError(400, "unfit_request", f"{operation.input.name}: {error}") from None
        finally:
            BESIDE.reset(token)
        content = envelope.write(version, body, self._soap_headers(request, operation), self._writer.declarations)
        content_type = envelope.content_type(version, operation.action)
        if beside is not None or others:
            boundary = uuid.UUID(bytes=os.urandom(16)).hex
            parts = beside.parts if beside is not None else others
            kind = envelope.MEDIA_TYPES[version]
            content_type, content = attachments.write(
                content, kind, operation.action, parts, boundary, xop=beside is not None
            )
        fields = [item for item in request.headers.items() if item[0] not in _OF_THE_CLIENT]
        fields += [
            ("content-type", content_type),
            ("content-length", str(len(content))),
            ("accept", f"{envelope.MEDIA_TYPES[version]}, multipart/related"),
            ("accept-encoding", "identity"),
        ]
        if version == "1.1":
            fields.append(("soapaction", f'"{operation.action}"'))
        request.method = "POST"
        request.path, _, request.query = plan.path.partition("?")
        request.headers = Headers.of(fields)
        request.arriving(content)

    def _soap_headers(self, request: Request, operation: Operation) -> list[str]:
        plan = self._plan
        written: list[str] = []
        if plan.token is not None:
            token = plan.token
            written.append(
                username_token(
                    token.username, token.password, self._clock(), digest=token.digest, lifetime=token.lifetime
                )
            )
        if plan.addressing:
            written.append(_addressed(plan, operation, request))
        if self._headers:
            declared = {each.name: each for each in operation.headers}
            context: dict[str, object] = {
                "headers": dict(request.headers.items()),
                "query": request.params,
                "consumer": {"name": request.consumer, "groups": list(request.groups)},
            }
            interpreter = Interpreter()
            for name, compute in self._headers.items():
                if name in declared or name.startswith("{"):
                    written += self._soap_header(name, declared.get(name), compute, context, interpreter)
        return written

    def _soap_header(
        self, name: str, element: Element | None, compute: Compute, context: dict[str, object], interpreter: Interpreter
    ) -> list[str]:
        try:
            value = cast("Value", compute(context, interpreter))
            if value is None:
                return []
            return [self._writer.header(name, value) if element is None else self._writer.element(element, value)]
        except (UnfitError, UnfitExpressionError) as error:
            raise RefusedError(400, "unfit_request", f"the SOAP header {name}: {error}") from None

    async def _answer(self, name: str, operation: Operation, response: Response) -> Response:
        """Return the answer of the backend as JSON."""
        content_type = response.headers.get("content-type") or ""
        kind = content_type.partition(";")[0].strip().lower()
        is_soap = kind in (*envelope.MEDIA_TYPES.values(), "application/xml", attachments.RELATED)
        if not is_soap and response.status >= 400:
            return response
        try:
            content = await response.read(self._plan.max_size)
        except BodyTooLarge:
            raise self._broken("answer_too_large", f"it has more than {self._plan.max_size} bytes") from None
        if operation.output is None and response.status < 400 and not content:
            return _as_json(response, 202, b"")
        if not is_soap:
            raise self._broken("malformed_answer", f"its content type is {content_type[:100] or 'not said'}")
        return await apart(len(content), self._told, name, operation, response, content)

    def _told(self, name: str, operation: Operation, response: Response, content: bytes) -> Response:
        """Return what the message *content* says as JSON, with the headers of *response*."""
        content_type = response.headers.get("content-type") or ""
        parts: Mapping[str, str] = {}
        types: Mapping[str, str] = {}
        try:
            if content_type.lower().startswith(attachments.RELATED):
                related = attachments.read(content, content_type)
                content, parts, types = related.root, related.parts, related.types
            found = envelope.read(content)
            if found.fault is not None:
                return self._fault(operation, found.fault)
            self._understand(operation, found)
            value = self._output(operation, found, parts)
        except (UnreadableError, UnfitError) as error:
            raise self._broken("malformed_answer", f"{name}: {error}") from None
        except VersionError as error:
            raise self._broken("version", str(error)) from None
        if isinstance(value, dict) and (rest := _unnamed(found, parts, types)):
            value[ATTACHMENTS] = rest
        return _as_json(response, 200, _encode(value))

    def _output(self, operation: Operation, found: Envelope, parts: Mapping[str, str]) -> Value:
        output = operation.output
        if output is None:
            return {}
        if not found.body:
            raise UnfitError("has nothing in its body")
        element = found.body[0]
        if element.tag.rpartition("}")[2] != output.tag.rpartition("}")[2]:
            raise UnfitError(f"is {element.tag[:200]}, and not {output.tag}")
        return self._reader.read(output.type, element, parts)

    def _understand(self, operation: Operation, found: Envelope) -> None:
        """Refuse an answer with a header that has to be understood, and is not (SOAP 1.1, 4.2.3)."""
        known = {each.tag for each in operation.answer_headers}
        for header in found.headers:
            tag = header.element.tag
            if not header.must_understand or tag in known or tag.startswith(f"{{{_ADDRESSING}}}"):
                continue
            if tag != SECURITY or any(each.tag != TIMESTAMP for each in header.element):
                raise self._broken("must_understand", f"nobody here understands its header {tag[:200]}")

    def _fault(self, operation: Operation, fault: Fault) -> Response:
        declared = {each.tag: each for each in operation.faults}
        details: dict[str, Value] = {}
        name, status = "", 400 if fault.of_client else 502
        for element in fault.detail:
            known = declared.get(element.tag)
            local = element.tag.rpartition("}")[2]
            try:
                details[local] = generic(element) if known is None else self._reader.read(known.type, element)
            except UnfitError:
                details[local] = _text_of(element)
            if known is not None and not name:
                name = known.name
                status = self._plan.faults.get(name, self._plan.faults.get(local, status))
        told: dict[str, Value] = {"code": fault.code}
        optional: dict[str, Value] = {
            "name": name,
            "subcodes": list(fault.subcodes),
            "actor": fault.actor,
            "detail": details,
        }
        told |= {key: value for key, value in optional.items() if value}
        answer = problem(status, "soap_backend.fault", fault.reason or "The service answered with a fault.")
        answer.body = _encode({**answer.details, "fault": told})
        return answer

    def _broken(self, code: str, why: str) -> RefusedError:
        """Return what a client is told of an answer that cannot be read; why not, the log of the proxy is told."""
        if is_due((self._about, code, why)):
            print(f"soap_backend of {self._about}: the answer of the backend: {why} [{code}]", file=sys.stderr)  # noqa: T201
        return RefusedError(502, code, "the answer of the backend is none that can be used")


def _unnamed(found: Envelope, parts: Mapping[str, str], types: Mapping[str, str]) -> list[Value]:
    """Return the attachments to which no element refers by XOP."""
    if not parts:
        return []
    named = {
        each.get("href", "").removeprefix("cid:")
        for element in found.body
        for each in element.iter("{http://www.w3.org/2004/08/xop/include}Include")
    }
    return [
        {"id": name, "content_type": types[name], "base64": text} for name, text in parts.items() if name not in named
    ]


def _addressed(plan: BackendPlan, operation: Operation, request: Request) -> str:
    """Return the headers of WS-Addressing 1.0."""
    to = urlsplit(f"//{request.headers.get('host') or 'localhost'}").netloc
    message = uuid.UUID(bytes=os.urandom(16), version=4)
    return (
        f'<wsa:Action xmlns:wsa="{_ADDRESSING}" soap:mustUnderstand="1">{_plain(operation.action)}</wsa:Action>'
        f'<wsa:To xmlns:wsa="{_ADDRESSING}">http://{_plain(to + plan.path)}</wsa:To>'
        f'<wsa:MessageID xmlns:wsa="{_ADDRESSING}">urn:uuid:{message}</wsa:MessageID>'
        f'<wsa:ReplyTo xmlns:wsa="{_ADDRESSING}"><wsa:Address>{_ADDRESSING}/anonymous</wsa:Address></wsa:ReplyTo>'
    )


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())[:2000]


def _as_json(response: Response, status: int, body: bytes) -> Response:
    """Return *response* with another body."""
    fields = [item for item in response.headers.items() if item[0] not in _OF_THE_BACKEND]
    fields.append(("content-length", str(len(body))))
    if body:
        fields.append(("content-type", "application/json"))
    made = Response(status, Headers.of(fields))
    made.arriving(body)
    return made
