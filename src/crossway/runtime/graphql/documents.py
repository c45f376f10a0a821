"""Documents of GraphQL, read once and kept.

Law: a document that could mean two things is none. What is kept has a bound, by the number of tokens.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, TypeVar

from graphql import GraphQLSyntaxError, parse
from graphql.language import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from crossway.runtime.graphql.refusal import Refused

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
INVALID: Final = "GRAPHQL_VALIDATION_FAILED"
KEPT_TOKENS: Final = 50_000
"""How many tokens the documents may have that are kept for a route: 20 MB of memory at most."""

_Named = TypeVar("_Named", OperationDefinitionNode, FragmentDefinitionNode)


class Document:
    """One that can be executed: its operations and its fragments, each by a name of its own."""

    __slots__ = ("fragments", "kept", "node", "operations", "tokens")

    def __init__(self, node: DocumentNode) -> None:
        """Take the parsed *node*; `Refused` for names that stand there twice, and for what is not to be executed."""
        self.node = node
        self.tokens = node.token_count or 0
        operations: list[OperationDefinitionNode] = []
        fragments: list[FragmentDefinitionNode] = []
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                operations.append(definition)
            elif isinstance(definition, FragmentDefinitionNode):
                fragments.append(definition)
            else:
                raise Refused(INVALID, "A document that is executed defines operations and fragments, and no types.")
        self.operations = _by_name("operation", operations)
        self.fragments = _by_name("fragment", fragments)
        if len(self.operations) > 1 and "" in self.operations:
            raise Refused(INVALID, "An operation without a name has to be the only one in its document.")
        self.kept: dict[object, object] = {}
        """What others have found out about it, for as long as it is kept itself."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation that is to be executed; `Refused` if the document does not have exactly that one."""
        if name:
            if name not in self.operations:
                raise Refused(INVALID, f"The document has no operation {name!r}.")
            return self.operations[name]
        if len(self.operations) != 1:
            many = "several operations" if self.operations else "no operation"
            raise Refused(INVALID, f"The document has {many}, and operationName names none.")
        return next(iter(self.operations.values()))


def _by_name(kind: str, nodes: list[_Named]) -> Mapping[str, _Named]:
    found: dict[str, _Named] = {}
    for node in nodes:
        name = node.name.value if node.name else ""
        if name in found:
            raise Refused(INVALID, f"The document has the {kind} {name!r} twice." if name else "Name the operations.")
        found[name] = node
    return found


def read(text: str, tokens: int) -> Document:
    """Return the document that *text* is; `Refused` for what is none, or has more than so many *tokens*."""
    try:
        node = parse(text, no_location=True, max_tokens=tokens, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        said = error.message.removeprefix("Syntax Error: ")
        if said.startswith("Document contains more"):
            raise Refused("MAX_TOKENS_LIMIT", f"The document has more than {tokens} tokens.", maximum=tokens) from None
        if said.startswith("Document is nested"):
            raise Refused("MAX_DEPTH_LIMIT", "The document is nested too deeply to be read.") from None
        where = [{"line": place.line, "column": place.column} for place in error.locations or ()]
        raise Refused(PARSE_FAILED, f"Syntax error: {said}", locations=where) from None
    return Document(node)


class Documents:
    """The documents that were asked for last, by their texts. The loops of all listeners share them."""

    def __init__(self, room: int = KEPT_TOKENS) -> None:
        """Keep documents with *room* tokens together."""
        self._room = room
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> Document | None:
        """Return the document, if it is kept."""
        with self._lock:
            document = self._kept.get(text)
            if document is not None:
                self._kept.move_to_end(text)
            return document

    def put(self, text: str, document: Document) -> None:
        """Keep a document, and let go of those that were asked for longest ago."""
        with self._lock:
            if text not in self._kept:
                self._kept[text] = document
                self._room -= _weight(text, document)
            while self._room < 0:
                gone, of = self._kept.popitem(last=False)
                self._room += _weight(gone, of)


def _weight(text: str, document: Document) -> int:
    return document.tokens + len(text) // 64 + 16  # a long string is one token
