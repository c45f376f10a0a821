"""SOAP in front of services: clients send envelopes, and each operation is a call over HTTP or in gRPC.

There is always a WSDL: one that clients have already, or one that is made of what the operations say. It is read as any
other, so what clients are told is what the runtime does.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec import Raw, json
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Policy, Site, Stage, Step, Target
from crossway.compile.operations import compile_operation
from crossway.compile.wsdl import Described as Read
from crossway.compile.wsdl import describe, described
from crossway.model import Defined, Finding, did_you_mean
from crossway.model.expression import Record, Shape
from crossway.model.messages import Contract
from crossway.model.operation import Called, Operation
from crossway.model.soap import EndpointCall, EndpointPlan, Soap, SoapOperation
from crossway.policies.soap.openapi import Document, NotOpenApiError
from crossway.policies.soap.words import schema
from crossway.policies.soap.wsdl import Described, UnfitNameError, write

_ADDRESS: Final = re.compile(r"""(<[\w.-]*:?address\b[^>]*?\blocation\s*=\s*)(["'])[^"']*\2""")
_IMPORT: Final = re.compile(r"""(\b(?:schemaLocation|location)\s*=\s*)(["'])([^"':]+)\2""")
_SEEN: Final[Mapping[str, Shape]] = {
    "params": None,
    "soap_headers": None,
    "headers": None,
    "query": None,
    "consumer": Record(("consumer",), {"name": None, "groups": None}, "consumer"),
}
_FAULT: Final = {"type": "object", "properties": {"detail": {"type": "string"}}}


def compile_soap(spec: Soap, site: Site) -> Fragment | Finding:
    """Return the step that answers, or what is wrong with the operations or their definition."""
    defined: Defined | None = None
    if spec.definition is not None:
        found = site.definition(spec.definition, ("definition",))
        if isinstance(found, Finding):
            return found
        defined = found
    if defined is not None and defined.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _kept(spec, site, defined)
    operations: dict[str, SoapOperation] = {}
    told: dict[str, Described] = {}
    schemas: Mapping[str, Mapping[str, object]] = {}
    if defined is not None:
        try:
            document = Document(defined.content)
        except NotOpenApiError as error:
            message = f"definition {spec.definition} is no WSDL, and {error}"
            return Finding("soap.definition", message, path=("definition",))
        if spec.service is None:
            message = "the service is not named that the OpenAPI document describes"
            return Finding("soap.definition", message, path=("service",))
        schemas = document.schemas
        for name, one, call in document.operations():
            try:
                made = Operation.model_validate({"service": spec.service, **call})
            except ValidationError as error:
                message = f"operation {name} cannot be called: {error.errors()[0]['msg']}"
                return Finding("soap.definition", message, path=("definition",))
            operations[name], told[name] = SoapOperation(call=made), one
    for name, operation in spec.operations.items():
        said = _in_words(name, operation)
        if isinstance(said, Finding):
            return said
        operations[name], told[name] = operation, said
    return _made(spec, site, operations, told, schemas)


def _in_words(name: str, operation: SoapOperation) -> Described | Finding:
    """Return an operation that is described by its fields."""
    schemas: dict[str, dict[str, object]] = {}
    for part in ("request", "response"):
        try:
            schemas[part] = schema(getattr(operation, part) or {})
        except ValueError as error:
            return Finding("soap.unfit_name", str(error), path=("operations", name, part))
    return Described(schemas["request"], schemas["response"], dict.fromkeys(operation.faults.values(), _FAULT))


def _made(
    spec: Soap,
    site: Site,
    operations: Mapping[str, SoapOperation],
    told: Mapping[str, Described],
    schemas: Mapping[str, Mapping[str, object]],
) -> Fragment | Finding:
    """Return the step for a WSDL that is made here."""
    if not operations:
        message = "there are no operations: neither here nor in a definition"
        return Finding("soap.definition", message, path=("operations",))
    try:
        wsdl = write(spec.name, spec.namespace, told, schemas)
    except UnfitNameError as error:
        return Finding("soap.unfit_name", str(error), path=("operations",))
    read = described(Defined(wsdl.encode()))
    if not isinstance(read, Read):
        message = f"no WSDL can be made of the operations: {read}"
        return Finding("soap.unfit_name", message, path=("operations",))
    return _step(spec, site, read.contract, operations, wsdl, {})


def _kept(spec: Soap, site: Site, defined: Defined) -> Fragment | Finding:
    """Return the step for a WSDL that clients have already."""
    assert spec.definition is not None
    read = describe(site, spec.definition, spec.port, ("definition",))
    if isinstance(read, Finding):
        return read
    contract = read.contract
    for name, operation in spec.operations.items():
        if name not in contract.operations:
            message, hint = f"the WSDL has no operation {name!r}", did_you_mean(name, contract.operations)
            return Finding("soap.unknown_name", message, path=("operations", name), hint=hint)
        if operation.request is not None or operation.response is not None:
            message = f"the fields of {name} stand in the WSDL"
            return Finding("soap.unknown_name", message, path=("operations", name, "request"))
        faults = [fault.name for fault in contract.operations[name].faults]
        for status, fault in operation.faults.items():
            if fault not in faults:
                message, hint = f"operation {name} declares no fault {fault!r}", did_you_mean(fault, faults)
                return Finding("soap.unknown_name", message, path=("operations", name, "faults", status), hint=hint)
    try:
        text = defined.content.decode("utf-8-sig")
        beside = {name: _relinked(content.decode("utf-8-sig"), name) for name, content in defined.beside.items()}
    except UnicodeDecodeError:
        message = f"definition {spec.definition} is not written in UTF-8, in which it is to be served"
        return Finding("soap.definition", message, path=("definition",))
    return _step(spec, site, contract, spec.operations, _relinked(text, ""), beside)


def _relinked(text: str, name: str) -> str:
    """Return a document whose imports lead to where they are served: `?xsd=common/types.xsd`."""

    def link(found: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[3]))
        return f"{found[1]}{found[2]}?xsd={place}{found[2]}"

    return _IMPORT.sub(link, text)


def _step(
    spec: Soap,
    site: Site,
    contract: Contract,
    operations: Mapping[str, SoapOperation],
    wsdl: str,
    beside: Mapping[str, str],
) -> Fragment | Finding:
    calls: dict[str, EndpointCall] = {}
    for name, operation in operations.items():
        called = compile_operation(operation.call, _SEEN, site, ("operations", name, "call"))
        if isinstance(called, Finding):
            return called if name in spec.operations else replace(called, path=("definition",))
        calls[name] = EndpointCall(
            Raw(_dumped(called)), {str(status): fault for status, fault in operation.faults.items()}
        )
    pieces = _ADDRESS.sub(lambda found: f"{found[1]}{found[2]}\0{found[2]}", wsdl).split("\0")
    plan = EndpointPlan(
        contract=contract,
        calls=calls,
        wsdl=tuple(pieces),
        max_size=spec.max_size,
        timeout=spec.timeout.total_seconds(),
        beside=beside,
        basic=spec.username_token == "basic",  # it is no password
    )
    return Fragment(steps=(Step("soap", Raw(json.encode(plan))),))


def _dumped(called: Called) -> bytes:
    return called.model_dump_json(exclude_unset=True).encode()


POLICY = Policy(
    spec=Soap,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_soap,
    defined=True,
)
