"""Operations: what a bridge between protocols makes of a request of its clients, a call over HTTP or in gRPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from crossway.model.call import PathTemplate, ServiceCall
from crossway.model.definition import DefinitionName
from crossway.model.expression import Node, Reading, Record, Shape, Tree, nodes_of_template, nodes_of_tree
from crossway.model.finding import FieldPath
from crossway.model.part import Part

RpcName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*/[A-Za-z_]\w*$", max_length=500)]


class Operation(ServiceCall):
    """One call of a service: over HTTP with `path`, or in gRPC with `rpc` and `definition`.

    Expressions are [JMESPath](https://jmespath.org). What they see is said where the operation stands; in `answer` they
    see `status`, `headers` and `body` of what the service said as well.
    """

    path: PathTemplate | None = None
    """The path, with expressions in braces: `/users/{params.id}`. What an expression gives is escaped, so that it stays
    within its segment; if it gives nothing, an empty text, a list or an object, or leads upwards (`..`), there is no
    call, and the client is told."""
    rpc: RpcName | None = None
    """The method in gRPC that is called, `package.Service/Method`: one without streams. `body` is its message as JSON,
    and the answer is JSON too."""
    definition: DefinitionName | None = None
    """The definition with the descriptor set of `rpc`."""
    answer: Tree = None
    """What the client is given: an expression, or an object or a list with expressions in it. What the service said,
    without it."""

    @model_validator(mode="after")
    def _is_one_call(self) -> Self:
        if (self.path is None) == (self.rpc is None):
            told = "there is neither of them" if self.path is None else "these are two of them"
            raise ValueError(f"a call has a path, or an rpc, and {told}")
        if (self.rpc is None) != (self.definition is None):
            raise ValueError("rpc needs the definition in which it is described, and nothing else has one here")
        unfit = self.model_fields_set & {"method", "query", "accept", "encoding"} if self.is_rpc else ()
        if unfit:
            raise ValueError(f"a call in gRPC has no {min(unfit)}")
        return self

    @property
    def is_rpc(self) -> bool:
        """Whether it is a call in gRPC."""
        return self.rpc is not None


class Called(Part):
    """What the runtime has to know of an operation: its service is named as its cluster is."""

    operation: Operation
    descriptors: str = ""
    """The descriptor set of a call in gRPC, in base64: the files that its method needs, and no others."""


class Mistake(NamedTuple):
    """What an expression mentions and is not there."""

    where: FieldPath
    message: str
    hint: str


def mistakes(operation: Operation, known: Mapping[str, Shape]) -> Iterator[Mistake]:
    """Yield what the expressions of *operation* mention that is none of what is *known* where it stands."""
    answered = {**known, **dict.fromkeys(("status", "headers", "body"))}
    for where, node in _expressions(operation):
        is_answer = where[0] == "answer"
        called = "expressions of an answer" if is_answer else "expressions of a call"
        reading = Reading(Record((), answered if is_answer else known, called))
        reading.read(node)
        for message, hint in reading.mistakes:
            yield Mistake(where, message, hint)


def _expressions(operation: Operation) -> Iterator[tuple[FieldPath, Node]]:
    for node in nodes_of_template(operation.path or ""):
        yield ("path",), node
    yield from operation.expressions()
    yield from nodes_of_tree(operation.answer, ("answer",))
