"""Compositions: one request of a client, several calls of services, one answer.

What a step waits for is read out of its expressions: one that mentions `steps.user` waits for the step `user`, and all
others run at once. Law: what an expression mentions is there, or is told before the first request (`Study`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from crossway.model.call import PathTemplate, Positive, ServiceCall, SettableHeader, Text
from crossway.model.expression import (
    Expression,
    Listing,
    Node,
    Reading,
    Record,
    Shape,
    Tree,
    Words,
    form,
    nodes_of_template,
    nodes_of_tree,
    parse_expression,
)
from crossway.model.finding import FieldPath
from crossway.model.operation import Mistake
from crossway.model.part import Part, Spec
from crossway.model.path import EVERY_PATH, PathMatch
from crossway.model.values import Size

StepName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
StatusCode = Annotated[int, Field(ge=200, le=599)]
OnFailure = Literal["fail", "omit", "relay"]


class ComposeStep(ServiceCall):
    """One call of a service, or one for each item of a list."""

    path: PathTemplate
    """The path, with expressions in braces: `/users/{path.user_id}`. What an expression gives is escaped, so that it
    stays within its segment; if it gives nothing, an empty text, a list or an object, or leads upwards (`..`), the step
    fails."""
    when: Expression | None = None
    """Make the call only if this expression is true: not `false`, `null`, or empty. Otherwise its body is `fallback`,
    or `null` without one, and its status is `null`."""
    for_each: Expression | None = None
    """Make one call for each item of this list; `item` in expressions is the item. `steps.NAME` is then a list of
    answers, each of which has its `item`. `null` is an empty list."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 20
    """How many items `for_each` may have; with more, the step fails. To take the first ones, say so in the expression:
    `items[:20]`."""
    parallel: Annotated[int, Field(ge=1, le=100)] = 5
    """How many calls of `for_each` run at once."""
    fallback: JsonValue = None
    """The body if the step fails, which then does no harm: with a status that is not accepted, without an answer, late,
    too large, or with a body that cannot be read. `null` is a fallback too, where it is written. With `for_each` it
    stands for each call that fails; if there is no list, it is empty."""
    on_failure: OnFailure | None = None
    """What happens if this step fails; see `on_failure` of the composition, which holds without it."""

    @model_validator(mode="after")
    def _fields_fit(self) -> ComposeStep:
        if self.for_each is None and self.model_fields_set & {"limit", "parallel"}:
            raise ValueError("limit and parallel are for steps with for_each")
        return self

    @property
    def has_fallback(self) -> bool:
        """Whether a fallback was written, be it `null`."""
        return "fallback" in self.model_fields_set


class Compose(Spec):
    """Answer with what several services say: one request of the client, several calls, one answer.

    Each step is a call of a service. A step that mentions another one in an expression, `steps.user.body.id`, waits for
    it, and all others run at once. The route has no `to`. Calls go through the proxy like any request, so the policies
    of the services hold for them: load balancing, timeouts, retries, circuit breakers, TLS.

    Expressions are [JMESPath](https://jmespath.org). They see `path` (the variables of the route's path), `query`,
    `headers` (names in lower case: `headers."user-agent"`), `body` (parsed if it is JSON), `method`, `consumer`
    (`name`, `groups`), and `steps` (`status`, `headers`, `body`, `error` of each). In the answer there is `errors` too.
    Calls of one request that are alike, with GET or HEAD, are made once.
    """

    answers: ClassVar[bool] = True

    steps: Annotated[Mapping[StepName, ComposeStep], Field(min_length=1, max_length=50)]
    """The calls, by name, at most 50. Their order means nothing."""
    body: Tree = None
    """The body of the answer: an expression, or an object or a list with expressions in it. Without it, an object with
    the body of each step. It is sent as JSON, unless `headers` has another `content-type`: then the expression gives
    the text."""
    status: Annotated[Annotated[StatusCode, Tag("Plain")] | Annotated[Expression, Tag("Text")], Discriminator(form)] = (
        200
    )
    """The status of the answer, or an expression for it."""
    headers: Mapping[SettableHeader, Text] = Field(default_factory=dict)
    """Headers of the answer, by name, with expressions in braces. One whose expression gives nothing is left out."""
    on_failure: OnFailure = "fail"
    """What happens if a step without `fallback` fails. `fail`: the other calls are cancelled, and the client gets
    502, or 504 if it was too late, with the step's name. `omit`: its body is `null`, `errors` lists it, and the answer
    has the header `x-compose-failed` with its name. `relay`: the client gets the answer of this step, status and body,
    if there is one; otherwise it is as with `fail`."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that all calls carry. Name `authorization` here only if each of the services
    may see it."""
    timeout: Positive = timedelta(seconds=15)
    """The time for everything. What is not done by then has failed."""
    max_calls: Annotated[int, Field(ge=1, le=1000)] = 50
    """How many calls one request may lead to, those of `for_each` included. One more, and the step fails."""
    max_body: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 2**20
    """The largest body of one answer, and of the client's request where an expression mentions it. All answers together
    are at most 16 MiB."""


class Composition(Part):
    """What the runtime has to know of a composition: services are named as their clusters here."""

    compose: Compose
    path: PathMatch = EVERY_PATH
    """The path that the route matches."""


ANSWER: Final = ""
"""What stands for the answer where steps have their names."""


@dataclass(frozen=True, slots=True)
class Mention:
    """That an expression uses something: the words that lead to it, `("steps", "user", "body")`."""

    where: FieldPath
    words: Words


@dataclass(frozen=True, slots=True)
class Study:
    """What the expressions of a composition mention."""

    mentions: Mapping[str, tuple[Mention, ...]]
    """By the name of the step, that of the answer under no name."""
    mistakes: tuple[Mistake, ...]

    def waits_for(self, step: str) -> frozenset[str]:
        """Return the steps whose answers *step* uses."""
        return frozenset(
            words[1] for mention in self.mentions[step] if (words := mention.words)[0] == "steps" and words[1:]
        )

    def uses(self, *words: str) -> bool:
        """Return whether any expression uses what *words* lead to."""
        return any(mention.words[: len(words)] == words for found in self.mentions.values() for mention in found)


def study(spec: Compose, path: PathMatch) -> Study:
    """Return what the expressions of *spec* mention, on a route that matches *path*."""
    mentions: dict[str, list[Mention]] = {}
    mistakes: list[Mistake] = []
    for scope, where, node in _expressions(spec):
        reading = Reading(_root(spec, path, scope, where))
        reading.read(node)
        mentions.setdefault(scope, []).extend(Mention(where, words) for words in sorted(reading.mentioned))
        mistakes += [Mistake(where, message, hint) for message, hint in reading.mistakes]
    return Study({scope: tuple(mentions.get(scope, ())) for scope in (*spec.steps, ANSWER)}, tuple(mistakes))


def cycle(waits_for: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return steps each of which waits for the next, and the last for the first; nothing if there are none."""
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1][1:]))
    return ()


_Place: TypeAlias = "tuple[str, FieldPath, Node]"


def _expressions(spec: Compose) -> Iterator[_Place]:
    """Yield each expression, after the step that it belongs to and the place where it stands."""
    for name, step in spec.steps.items():
        here = ("steps", name)
        for field in ("when", "for_each"):
            if (text := getattr(step, field)) is not None:
                yield name, (*here, field), parse_expression(text)
        for node in nodes_of_template(step.path):
            yield name, (*here, "path"), node
        for where, node in step.expressions():
            yield name, (*here, *where), node
    for where, node in nodes_of_tree(spec.body, ("body",)):
        yield ANSWER, where, node
    if isinstance(spec.status, str):
        yield ANSWER, ("status",), parse_expression(spec.status)
    for name, text in spec.headers.items():
        for node in nodes_of_template(text):
            yield ANSWER, ("headers", name), node


def _root(spec: Compose, path: PathMatch, scope: str, where: FieldPath) -> Record:
    """Return what an expression of *scope* may mention that stands at *where*."""
    steps: dict[str, Shape] = {}
    for name, step in spec.steps.items():
        words = ("steps", name)
        fields: dict[str, Shape] = dict.fromkeys(("status", "headers", "body", "error"))
        if step.for_each is None:
            steps[name] = Record(words, fields, f"steps.{name}")
        else:
            steps[name] = Listing(Record(words, fields | {"item": None}, f"steps.{name}"))
    known: dict[str, Shape] = {
        "path": Record(("path",), dict.fromkeys(path.variables), "path, which has the variables of the route's path"),
        "query": None,
        "headers": None,
        "body": None,
        "method": None,
        "consumer": Record(("consumer",), dict.fromkeys(("name", "groups")), "consumer"),
        "steps": Record(("steps",), steps, "steps"),
    }
    if scope == ANSWER:
        return Record((), known | {"errors": None}, "expressions of the answer")
    if spec.steps[scope].for_each is not None and where[2] not in {"when", "for_each"}:
        return Record((), known | {"item": None}, "expressions of a step")
    return Record((), known, "expressions of a step")
