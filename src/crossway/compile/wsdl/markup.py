"""XML as a tree that keeps prefixes: in a schema they stand in values, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.parsers import expat

DEEPEST: Final = 100
"""How many elements may stand inside one another."""


class WsdlError(ValueError):
    """A definition cannot be used."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        """`broken` or `unsupported`."""
        self.hint = hint


class Node:
    """An element."""

    __slots__ = ("attributes", "children", "local", "namespace", "scope", "text")

    def __init__(self, tag: str, attributes: dict[str, str], scope: Mapping[str, str]) -> None:
        self.namespace, _, self.local = tag.rpartition(" ")
        self.attributes = attributes
        self.scope = scope
        """The namespaces that prefixes stand for here."""
        self.children: list[Node] = []
        self.text = ""

    def get(self, name: str, default: str = "") -> str:
        """Return the value of an attribute."""
        return self.attributes.get(name, default)

    def qualified(self, text: str) -> str:
        """Return the name that *text*, with its prefix, means here: `{namespace}name`."""
        prefix, _, local = text.strip().rpartition(":")
        namespace = self.scope.get(prefix)
        if namespace is None:
            if prefix:
                raise WsdlError("broken", f"the prefix of {text!r} is not declared")
            namespace = ""
        return clark(namespace, local)

    def each(self, namespace: str, *locals_: str) -> Iterator[Node]:
        """Yield the children with one of these names; all of the namespace without one."""
        for child in self.children:
            if child.namespace == namespace and (not locals_ or child.local in locals_):
                yield child

    def first(self, namespace: str, local: str) -> Node | None:
        """Return the first child with this name."""
        return next(self.each(namespace, local), None)


def clark(namespace: str, local: str) -> str:
    """Return a name with its namespace: `{namespace}name`, or `name` in none."""
    return f"{{{namespace}}}{local}" if namespace else local


def read(content: bytes, name: str) -> Node:
    """Return the root of the document *name*; `WsdlError` if it is none that can be read."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    stack = [Node("", {}, {"xml": "http://www.w3.org/XML/1998/namespace", "": ""})]
    scope: Mapping[str, str] = stack[0].scope

    def declare(prefix: str | None, uri: str | None) -> None:
        nonlocal scope
        scope = {**scope, prefix or "": uri or ""}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEEPEST:
            raise WsdlError("broken", f"{name} has more than {DEEPEST} elements inside one another")
        node = Node(tag, attributes, scope)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        nonlocal scope
        stack.pop()
        scope = stack[-1].scope

    def text(piece: str) -> None:
        if len(stack[-1].text) < 1000:
            stack[-1].text += piece

    def refuse(*_: object) -> None:
        raise WsdlError("broken", f"{name} has a document type (DTD), which could define entities")

    parser.StartNamespaceDeclHandler = declare
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, WsdlError):
            raise
        raise WsdlError("broken", f"{name} is not well-formed: {error}") from None
    return stack[0].children[0]
