"""Loads code and says what it is: a process for one question, which ends with the answer.

::

    python -m crossway.runtime.describe FD

The question is a `Question` in JSON on standard input, what comes is a list of an `Answer` for each attribute in JSON,
in the open file FD. Standard
output belongs to the code, which may print. `crossway.runtime.describing` asks.
"""

from __future__ import annotations

import gc
import inspect
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Final

from msgspec import Raw, Struct, json
from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from crossway.compile.program import Code
from crossway.runtime.loading import ProgramError, beside, load, said
from crossway.sdk.plugin import Definition, Plugin, PluginError, definition

MEMORY: Final = 2**30
"""How many bytes of address space the process may have."""
NO_SETTINGS: Final[dict[str, object]] = {"type": "object", "properties": {}, "additionalProperties": False}
"""The JSON Schema of the settings of a plugin that has none."""


class Question(Struct, frozen=True):
    """What is asked."""

    code: Code
    attributes: tuple[str, ...]
    time_limit: float


class Answer(Struct, frozen=True):
    """What was found out."""

    hooks: tuple[str, ...] = ()
    schema: Raw = Raw(b"{}")
    documentation: str = ""
    problem: str = ""
    beside: tuple[str, ...] = ()
    """The files in the directory of the code that were imported."""


def find(module: ModuleType, attribute: str, name: str) -> object:
    """Return what *module*, which people know as *name*, calls *attribute*: `name`, or `name.name` for what is in it.

    Raises `PluginError` with a hint if there is no such thing.
    """
    found: object = module
    for word in attribute.split("."):
        try:
            found = getattr(found, word)
        except AttributeError:
            known = [plugin for plugin in _plugins(module) if plugin != word]
            close = get_close_matches(word, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known)}" if known else ""
            told = f"{name} has no {attribute!r}"
            raise PluginError(f"{told}; {hint}" if hint else f"{told}, and no plugin at all") from None
    return found


def _plugins(module: ModuleType) -> Iterator[str]:
    for name, thing in list(vars(module).items()):
        if thing is Plugin:
            continue
        try:
            definition(thing, name)
        except PluginError:
            continue
        yield name


def describe(code: Code, attributes: Iterable[str], time_limit: float) -> list[Answer]:
    """Return what each of the *attributes* of *code* is."""
    try:
        module = load(code, time_limit)
    except ProgramError as error:
        return [Answer(problem=str(error)) for _ in attributes]
    return [_described(code, module, attribute) for attribute in attributes]


def _described(code: Code, module: ModuleType, attribute: str) -> Answer:
    try:
        found = find(module, attribute, code.name)
        try:
            defined = definition(found, attribute)
            told = schema(defined)
        except PluginError as error:
            return Answer(problem=f"{_place(found, code)}: {error}")
        return Answer(defined.hooks, told, defined.documentation, beside=beside())
    except PluginError as error:
        return Answer(problem=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # of an attribute that runs code when it is asked for
        return Answer(problem=said(error, code))


def _place(thing: object, code: Code) -> str:
    try:
        return f"{code.name}:{inspect.getsourcelines(thing)[1]}"  # type: ignore[arg-type]  # it says if it is none
    except (OSError, TypeError):
        return code.name


def schema(defined: Definition) -> Raw:
    """Return the JSON Schema of the settings of a plugin; `PluginError` if there can be none."""
    return Raw(json.encode(_schema(defined.settings) if defined.settings else NO_SETTINGS))


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema as error:
        raise PluginError(f"its settings have a field that JSON cannot hold: {error.message}") from error
    except PydanticUserError as error:
        raise PluginError(f"its settings are not complete: {error.message}") from error
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            # A key that the model does not know, it would leave out without a word.
            part.setdefault("additionalProperties", False)
    if not model.model_fields:
        schema.setdefault("properties", {})
        schema.setdefault("additionalProperties", False)
    return schema


def main() -> None:
    """Answer the question on standard input."""
    file = int(sys.argv[1])
    os.set_inheritable(file, False)
    question = json.decode(sys.stdin.buffer.read(), type=Question)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)  # code that reads gets nothing, and does not wait
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answers = describe(question.code, question.attributes, question.time_limit)
    except MemoryError:
        problem = f"{question.code.name}: it needs more memory than {MEMORY // 2**20} MiB to be loaded"
        answers = [Answer(problem=problem) for _ in question.attributes]
    gc.collect()
    os.write(file, json.encode(answers))
    os._exit(0)  # threads of the code may never end


if __name__ == "__main__":
    main()
