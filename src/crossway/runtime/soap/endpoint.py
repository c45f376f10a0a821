"""Clients speak SOAP, services do not: an envelope becomes a call, what the service said an envelope, or a fault."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import msgspec

from crossway.model.messages import Element, Operation
from crossway.model.operation import Called
from crossway.model.soap import EndpointCall, EndpointPlan
from crossway.runtime.calling import Caller, CallError
from crossway.runtime.composing.context import seen
from crossway.runtime.composing.expressions import Context
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.soap import apart, attachments, envelope
from crossway.runtime.soap.attachments import Related
from crossway.runtime.soap.envelope import NAMESPACES, Envelope, Header, Version, VersionError
from crossway.runtime.soap.reading import Reader, UnreadableError
from crossway.runtime.soap.security import SECURITY, WSSE, TokenError, credentials
from crossway.runtime.soap.values import UnfitError, Value, escaped
from crossway.runtime.soap.writing import Writer
from crossway.runtime.telling import is_due
from crossway.sdk.http import BodyTooLarge, Request, Response

XML: Final = "text/xml; charset=utf-8"
_WORDS: Final = frozenset({"headers", "query", "consumer"})
_SPOKEN: Final[Mapping[str, Version]] = {"text/xml": "1.1", "application/soap+xml": "1.2"}


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return _Endpoint(msgspec.json.decode(settings, type=EndpointPlan), about, tools).handle


class _FaultError(Exception):
    """The client gets a fault. *code* is one of SOAP 1.1, *name* the code of the problem."""

    def __init__(
        self, code: str, name: str, reason: str, *, status: int = 400, subcode: str = "", detail: str = "",
        headers: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.code, self.reason, self.status, self.subcode, self.headers = code, reason, status, subcode, headers
        self.detail = detail or envelope.problem(f"soap.{name}", status, reason)


class _Endpoint:
    def __init__(self, plan: EndpointPlan, about: str, tools: Tools) -> None:
        self._plan, self._about = plan, about
        contract = plan.contract
        operations = contract.operations
        self._calls: dict[str, tuple[Operation, Caller, EndpointCall]] = {}
        for name, call in plan.calls.items():
            caller = Caller(Called.model_validate_json(bytes(call.called)), tools, plan.max_size)
            self._calls[operations[name].input.tag] = (operations[name], caller, call)
        written = [each for one in operations.values() for each in (one.output, *one.faults) if each is not None]
        self._reader = Reader(contract.types, exact=False)
        self._writer = Writer(contract.types, written, strict=False)
        self._types = contract.types
        self._declarations = f'{self._writer.declarations} xmlns:wsse="{WSSE}"' if plan.basic else ""
        self._declarations = self._declarations or self._writer.declarations

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Answer *request* of a client that speaks SOAP, or asks for the WSDL."""
        del call_next  # there is nothing behind it
        if request.method in ("GET", "HEAD"):
            return self._description(request)
        if request.method != "POST":
            return _only_post()
        content_type = request.headers.get("content-type") or ""
        kind = content_type.partition(";")[0].strip().lower()
        if kind == attachments.RELATED:
            _, said = attachments.options(content_type)
            kind = said.get("start-info") or said.get("type") or ""
            kind = "text/xml" if kind == attachments.XOP else kind
        version = _SPOKEN.get(kind)
        try:
            if version is None:
                version = "1.1"
                reason = "The content type is to be text/xml for SOAP 1.1, or application/soap+xml for SOAP 1.2."
                raise _FaultError("Client", "media_type", reason, status=415)
            found, parts = await self._read(request, content_type)
            spoken, version = version, found.version
            if spoken != found.version:
                reason = f"The envelope is one of SOAP {found.version}, and its content type says SOAP {spoken}."
                raise _FaultError("VersionMismatch", "version_mismatch", reason)
            return await self._answer(request, found, parts)
        except VersionError as error:
            version = version or "1.1"
            upgrade = () if version == "1.1" else (_UPGRADE,)
            reason = f"{str(error)[:1].upper()}{str(error)[1:]}."
            return self._fault(version, _FaultError("VersionMismatch", "version_mismatch", reason, headers=upgrade))
        except _FaultError as fault:
            return self._fault(version or "1.1", fault)

    def _description(self, request: Request) -> Response:
        """Return the WSDL, or a file that it imports."""
        asked = {name.lower(): value for name, value in parse_qsl(request.query, keep_blank_values=True)}
        if "wsdl" in asked:
            scheme = request.headers.get("x-forwarded-proto") or "http"
            address = escaped(f"{scheme}://{request.headers.get('host') or 'localhost'}{request.path}")
            return Response(200, {"content-type": XML}, address.join(self._plan.wsdl).encode())
        if (file := self._plan.beside.get(asked.get("xsd", ""))) is not None:
            return Response(200, {"content-type": XML}, file.encode())
        return _only_post()

    async def _read(self, request: Request, content_type: str) -> tuple[Envelope, Mapping[str, str]]:
        limit = self._plan.max_size
        try:
            content = await request.read(limit)
        except BodyTooLarge:
            reason = f"The message has more than {limit} bytes."
            raise _FaultError("Client", "too_large", reason, status=413) from None
        if request.headers.get("content-encoding", "identity") != "identity":
            raise _FaultError("Client", "encoding", "The message is compressed, which is not read here.", status=415)
        try:
            return await apart(len(content), _parsed, content, content_type)
        except UnreadableError as error:
            status = 413 if error.word == "too_large" else 400
            raise _FaultError("Client", error.word, f"The message cannot be read: {error}.", status=status) from None

    async def _answer(self, request: Request, found: Envelope, parts: Mapping[str, str]) -> Response:
        if len(found.body) != 1:
            raise _FaultError("Client", "malformed", f"The body has {len(found.body)} elements, and is to have one.")
        body = found.body[0]
        if body.tag not in self._calls:
            raise _FaultError("Client", "unknown_operation", f"There is no operation for {body.tag[:200]}.")
        operation, caller, call = self._calls[body.tag]
        headers = self._headers(request, operation, found)
        try:
            params = await apart(len(request.body), self._reader.read, operation.input.type, body, parts)
        except UnfitError as error:
            raise _FaultError("Client", "unfit_request", f"{operation.input.name}: {error}.") from None
        context = await seen(request, _WORDS, self._plan.max_size)
        context = cast("Context", context) | {"params": params, "soap_headers": headers}
        try:
            async with asyncio.timeout(self._plan.timeout):
                said = await caller(context, request)
        except CallError as error:
            raise self._refused(operation, call, error) from None
        except TimeoutError:
            raise _FaultError("Server", "timeout", "The answer did not come in time.", status=504) from None
        if operation.output is None:
            return Response(202)
        value = self._wrapped(operation.output, cast("Value", said))
        try:
            size = len(msgspec.json.encode(value))  # which takes a fraction of what it decides about
            written = await apart(size, self._writer.element, operation.output, value)
        except UnfitError as error:
            self._tell(f"the answer for {operation.output.name}: {error}")
            reason = "The answer of the service is none that can be used."
            raise _FaultError("Server", "unfit_answer", reason, status=502) from None
        content = envelope.write(found.version, written, declarations=self._declarations)
        return Response(200, {"content-type": envelope.content_type(found.version)}, content)

    def _headers(self, request: Request, operation: Operation, found: Envelope) -> dict[str, object]:
        """Return the headers that the operation declares, by name; a fault for one that has to be understood."""
        declared = {each.tag: each for each in operation.headers}
        values: dict[str, object] = {}
        for header in found.headers:
            tag = header.element.tag
            if tag == SECURITY and self._plan.basic:
                request.headers["authorization"] = _basic(header.element)
            elif tag in declared:
                try:
                    values[declared[tag].name] = self._reader.read(declared[tag].type, header.element)
                except UnfitError as error:
                    reason = f"The header {declared[tag].name}: {error}."
                    raise _FaultError("Client", "unfit_request", reason) from None
            elif header.must_understand:
                raise _not_understood(found.version, header)
        return values

    def _wrapped(self, output: Element, value: Value) -> Value:
        """Return *value*, under the only element of *output* if it is no object."""
        fields = self._types[output.type].fields
        if isinstance(value, dict) or len(fields) != 1:
            return value
        return {} if value is None else {fields[0].key: value}

    def _refused(self, operation: Operation, call: EndpointCall, error: CallError) -> _FaultError:
        """Return the fault for a call that came to nothing: one that the operation declares, if it is for that."""
        of_client = 400 <= error.status < 500
        code = "Client" if of_client else "Server"
        reason = error.detail
        if isinstance(error.body, dict) and isinstance(told := error.body.get("detail"), str) and of_client:
            reason = told[:1000]
        declared = {each.name: each for each in operation.faults}
        name = call.faults.get(str(error.status), "")
        if error.code == "call.refused" and name in declared:
            element = declared[name]
            value = dict(error.body) if isinstance(error.body, dict) else {"detail": reason}
            if isinstance(text := value.get("detail"), str):
                value["detail"] = _writable(text)
            try:
                detail = self._writer.element(element, value)
            except UnfitError as unfit:
                self._tell(f"the detail of fault {name}: {unfit}")
            else:
                return _FaultError(code, name, _writable(reason), status=error.status, detail=detail)
        word = error.code.partition(".")[2] or "failed"
        return _FaultError(code, word, _writable(reason), status=error.status)

    def _fault(self, version: Version, fault: _FaultError) -> Response:
        """Return *fault* in an envelope: with 500 in SOAP 1.1, 6.2; with 400 or 500 in SOAP 1.2, part 2, 7.5.2.2."""
        content = envelope.fault(
            version, fault.code, fault.reason, subcode=fault.subcode, detail=fault.detail, headers=fault.headers,
            declarations=self._declarations,
        )  # fmt: skip
        status = 400 if version == "1.2" and fault.code == "Client" else 500
        if fault.status in (413, 415):
            status = fault.status
        return Response(status, {"content-type": envelope.content_type(version)}, content)

    def _tell(self, why: str) -> None:
        """Tell the log of the proxy what a client is not told."""
        if is_due((self._about, why)):
            print(f"soap of {self._about}: {why}", file=sys.stderr)  # noqa: T201


def _parsed(content: bytes, content_type: str) -> tuple[Envelope, Mapping[str, str]]:
    """Return the envelope of a message, and what is attached to it."""
    related = Related(content, content_type, {}, {})
    if content_type.lower().startswith(attachments.RELATED):
        related = attachments.read(content, content_type)
    return envelope.read(related.root), related.parts


_UPGRADE: Final = (
    '<soap:Upgrade><soap:SupportedEnvelope qname="soap:Envelope"/>'
    f'<soap:SupportedEnvelope qname="old:Envelope" xmlns:old="{NAMESPACES["1.1"]}"/></soap:Upgrade>'
)
"""The versions that are spoken here (SOAP 1.2, 5.4.7)."""


def _only_post() -> Response:
    answer = problem(405, "soap.method", "SOAP is sent with POST; the WSDL is at ?wsdl.")
    answer.headers["allow"] = "GET, HEAD, POST"
    return answer


def _basic(security: ET.Element) -> str:
    """Return the credentials of a security header as those of HTTP (RFC 7617)."""
    try:
        username, password = credentials(security)
    except TokenError as error:
        reason = f"{str(error)[:1].upper()}{str(error)[1:]}."
        raise _FaultError("Client", "security_token", reason, subcode="wsse:UnsupportedSecurityToken") from None
    if ":" in username:
        reason = "The username has a colon, and cannot be handed on."
        raise _FaultError("Client", "security_token", reason, subcode="wsse:InvalidSecurityToken")
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _not_understood(version: Version, header: Header) -> _FaultError:
    namespace, _, local = header.element.tag.rpartition("}")
    headers: tuple[str, ...] = ()
    if version == "1.2":  # SOAP 1.2, 5.4.8
        headers = (f'<soap:NotUnderstood qname="h:{local}" xmlns:h="{escaped(namespace[1:])}"/>',)
    reason = f"Nobody here understands the header {local[:200]}."
    return _FaultError("MustUnderstand", "must_understand", reason, headers=headers)


def _writable(reason: str) -> str:
    """Return *reason*, which a service wrote, without what XML cannot have."""
    return "".join(character if character.isprintable() else " " for character in reason)
