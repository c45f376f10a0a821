"""WSDL 1.1 as a contract: the operations of a service, and the types of their messages.

Read as the WS-I Basic Profile 1.1 has it: document/literal with one part in the body, and rpc/literal. Nothing is ever
fetched: what a document imports stands beside it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final, Literal
from urllib.parse import urlsplit

from crossway.compile.wsdl.markup import Node, WsdlError, clark, read
from crossway.compile.wsdl.schema import XSD, Schemas
from crossway.model.messages import Contract, Element, Operation

WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
SOAP: Final[Mapping[str, Literal["1.1", "1.2"]]] = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
"""The namespaces of bindings, and the version of SOAP that each stands for."""
_WSDL_2: Final = "http://www.w3.org/ns/wsdl"


class _Bound:
    """A port of a service with a SOAP binding."""

    def __init__(self, service: str, port: Node, binding: Node, soap: str, namespace: str) -> None:
        self.service, self.port, self.binding, self.soap, self.namespace = service, port, binding, soap, namespace


class Wsdl:
    """A WSDL document, with those that it imports."""

    def __init__(self, content: bytes, beside: Mapping[str, bytes]) -> None:
        self._beside = beside
        self._missing: list[str] = []
        self._found: dict[str, dict[str, tuple[Node, str]]] = {
            kind: {} for kind in ("message", "portType", "binding", "service")
        }
        self.schemas = Schemas(beside)
        self._add(read(content, "the WSDL"), "", set())

    def _add(self, root: Node, directory: str, seen: set[str]) -> None:
        if root.namespace == _WSDL_2:
            raise WsdlError("unsupported", "it is WSDL 2.0, and only WSDL 1.1 can be read")
        if root.namespace == XSD and root.local == "schema":
            self.schemas.add(root, directory)
            return
        if root.namespace != WSDL or root.local != "definitions":
            raise WsdlError("broken", f"it is no WSDL: its root is {clark(root.namespace, root.local)}")
        target = root.get("targetNamespace")
        for node in root.each(WSDL):
            if node.local in self._found:
                self._found[node.local][clark(target, node.get("name"))] = (node, target)
            elif node.local == "types":
                for schema in node.each(XSD, "schema"):
                    self.schemas.add(schema, directory)
            elif node.local == "import":
                self._import(node, directory, seen)

    def _import(self, node: Node, directory: str, seen: set[str]) -> None:
        place = node.get("location")
        name = posixpath.normpath(posixpath.join(directory, place))
        content = self._beside.get(name)
        if content is None:
            self._missing.append(place)
        elif name not in seen:
            seen.add(name)
            self._add(read(content, name), posixpath.dirname(name), seen)

    def _get(self, kind: str, name: str) -> tuple[Node, str]:
        if found := self._found[kind].get(name):
            return found
        hint = ""
        if self._missing:
            hint = f"these imports were not found, and nothing is fetched: {', '.join(self._missing[:5])}"
        raise WsdlError("broken", f"there is no {kind} {name}", hint)

    def _bound(self) -> Iterator[_Bound]:
        for service, _ in self._found["service"].values():
            for port in service.each(WSDL, "port"):
                binding, namespace = self._get("binding", port.qualified(port.get("binding")))
                for soap in SOAP:
                    if binding.first(soap, "binding") is not None:
                        yield _Bound(service.get("name"), port, binding, soap, namespace)

    def contract(self, port: str = "") -> Contract:
        """Return what the service says of *port*, or of its first one that speaks SOAP."""
        bound = list(self._bound())
        if not bound:
            raise WsdlError("broken", "no service in it has a port with a SOAP binding")
        chosen = next((each for each in bound if port in ("", each.port.get("name"))), None)
        if chosen is None:
            names = ", ".join(each.port.get("name") for each in bound)
            raise WsdlError("broken", f"no port with a SOAP binding is called {port!r}", f"there are: {names}")
        address = chosen.port.first(chosen.soap, "address")
        operations = dict(self._operations(chosen))
        if not operations:
            raise WsdlError("broken", "its binding has no operations")
        return Contract(
            chosen.service,
            chosen.namespace,
            operations,
            self.schemas.types,
            SOAP[chosen.soap],
            (urlsplit(address.get("location")).path if address is not None else "") or "/",
        )

    def _operations(self, bound: _Bound) -> Iterator[tuple[str, Operation]]:
        soap = bound.soap
        interface, _ = self._get("portType", bound.binding.qualified(bound.binding.get("type")))
        known = {node.get("name"): node for node in interface.each(WSDL, "operation")}
        outer = bound.binding.first(soap, "binding")
        assert outer is not None
        if not outer.get("transport").endswith("/http"):
            raise WsdlError("unsupported", f"its binding is for another transport than HTTP: {outer.get('transport')}")
        for node in bound.binding.each(WSDL, "operation"):
            name = node.get("name")
            if (declared := known.get(name)) is None:
                raise WsdlError("broken", f"the binding has an operation {name}, and its port type has none")
            inner = node.first(soap, "operation")
            action = inner.get("soapAction") if inner is not None else ""
            style = (inner.get("style") if inner is not None else "") or outer.get("style") or "document"
            yield name, self._operation(name, declared, node, soap, style, action)

    def _operation(self, name: str, declared: Node, bound: Node, soap: str, style: str, action: str) -> Operation:
        given = {way: self._body(name, way, declared, bound, soap, style) for way in ("input", "output")}
        if (asked := given["input"]) is None:
            raise WsdlError("unsupported", f"operation {name} has no input: services that call their clients are not")
        return Operation(
            asked,
            given["output"],
            action,
            tuple(self._faults(declared)),
            tuple(self._headers(bound, "input", soap)),
            tuple(self._headers(bound, "output", soap)),
            _documentation(declared),
        )

    def _body(self, name: str, way: str, declared: Node, bound: Node, soap: str, style: str) -> Element | None:
        if (abstract := declared.first(WSDL, way)) is None:
            return None
        concrete = bound.first(WSDL, way)
        body = next(_extensions(concrete, soap, "body"), None) if concrete is not None else None
        if body is not None and body.get("use") == "encoded":
            told = f"operation {name} is rpc/encoded, which is not supported"
            raise WsdlError("unsupported", told, "WS-I Basic Profile 1.1, R2706: have it described as literal")
        message, _ = self._get("message", abstract.qualified(abstract.get("message")))
        wanted = body.get("parts").split() if body is not None and "parts" in body.attributes else None
        headers = {part for _, part in self._header_parts(concrete, soap)} if concrete is not None else set()
        parts = [
            part
            for part in message.each(WSDL, "part")
            if (part.get("name") in wanted if wanted is not None else part.get("name") not in headers)
        ]
        if style == "rpc":
            local = name if way == "input" else f"{name}Response"
            tag = clark(body.get("namespace") if body is not None else "", local)
            return Element(local, tag, self.schemas.wrapper(tag, [self._rpc_part(name, part) for part in parts]))
        if len(parts) != 1:
            told = f"the {way} of operation {name} has {len(parts)} parts in its body"
            raise WsdlError("unsupported", f"{told}, and document/literal has one")
        return self._element(parts[0], name)

    def _rpc_part(self, operation: str, part: Node) -> tuple[str, int]:
        if not part.get("type"):
            raise WsdlError("broken", f"a part of {operation}, which is rpc/literal, has no type")
        return part.get("name"), self.schemas.named(part.qualified(part.get("type")))

    def _element(self, part: Node, about: str) -> Element:
        if not part.get("element"):
            message = f"the part {part.get('name')} of {about} has a type and no element"
            raise WsdlError("unsupported", f"{message}, which document/literal needs")
        tag = part.qualified(part.get("element"))
        return Element(tag.rpartition("}")[2], tag, self.schemas.element(tag))

    def _header_parts(self, concrete: Node, soap: str) -> Iterator[tuple[str, str]]:
        for header in _extensions(concrete, soap, "header"):
            yield header.qualified(header.get("message")), header.get("part")

    def _headers(self, bound: Node, way: str, soap: str) -> Iterator[Element]:
        if (concrete := bound.first(WSDL, way)) is None:
            return
        for name, wanted in self._header_parts(concrete, soap):
            message, _ = self._get("message", name)
            for part in message.each(WSDL, "part"):
                if part.get("name") == wanted:
                    yield self._element(part, "a header")

    def _faults(self, declared: Node) -> Iterator[Element]:
        for fault in declared.each(WSDL, "fault"):
            message, _ = self._get("message", fault.qualified(fault.get("message")))
            for part in message.each(WSDL, "part"):
                element = self._element(part, f"fault {fault.get('name')}")
                yield Element(fault.get("name"), element.tag, element.type)


def _extensions(concrete: Node, soap: str, local: str) -> Iterator[Node]:
    """Yield the elements of SOAP in a message of a binding; of one with attachments, those of its first part."""
    yield from concrete.each(soap, local)
    for related in concrete.children:
        if related.local == "multipartRelated":
            for part in related.children:
                yield from part.each(soap, local)


def _documentation(node: Node) -> str:
    found = node.first(WSDL, "documentation")
    return " ".join(found.text.split())[:500] if found is not None else ""
