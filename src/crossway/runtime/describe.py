"""Loads code and says what it is: a process for one question, which ends with the answer.

::

    python -m crossway.runtime.describe FD

The question is a `Question` in JSON on standard input, the answer an `Answer` in JSON in the open file FD. Standard
output belongs to the code, which may print. `crossway.runtime.describing` asks.
"""

from __future__ import annotations

import gc
import inspect
import os
import resource
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Final

from msgspec import Raw, Struct, json
from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from crossway.compile.program import Code
from crossway.runtime.loading import ProgramError, load, said
from crossway.sdk.plugin import Plugin, PluginError, definition

MEMORY: Final = 2**30
"""How many bytes of address space the process may have."""
NO_SETTINGS: Final[dict[str, object]] = {"type": "object", "properties": {}, "additionalProperties": False}
"""The JSON Schema of the settings of a plugin that has none."""


class Question(Struct, frozen=True):
    """What is asked."""

    code: Code
    attribute: str
    time_limit: float


class Answer(Struct, frozen=True):
    """What was found out."""

    hooks: tuple[str, ...] = ()
    schema: Raw = Raw(b"{}")
    documentation: str = ""
    problem: str = ""


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


def describe(code: Code, attribute: str, time_limit: float) -> Answer:
    """Return what *attribute* of *code* is."""
    try:
        module = load(code, time_limit)
        found = find(module, attribute, code.name)
        try:
            defined = definition(found, attribute)
            schema = _schema(defined.settings) if defined.settings else NO_SETTINGS
        except PluginError as error:
            return Answer(problem=f"{_place(found, code)}: {error}")
        return Answer(defined.hooks, Raw(json.encode(schema)), defined.documentation)
    except ProgramError as error:
        return Answer(problem=str(error))
    except PluginError as error:
        return Answer(problem=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # of an attribute that runs code when it is asked for
        return Answer(problem=said(error, code))


def _place(thing: object, code: Code) -> str:
    try:
        return f"{code.name}:{inspect.getsourcelines(thing)[1]}"  # type: ignore[arg-type]  # it says if it is none
    except (OSError, TypeError):
        return code.name


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
        answer = describe(question.code, question.attribute, question.time_limit)
    except MemoryError:
        answer = Answer(problem=f"{question.code.name}: it needs more memory than {MEMORY // 2**20} MiB to be loaded")
    gc.collect()
    os.write(file, json.encode(answer))
    os._exit(0)  # threads of the code may never end


if __name__ == "__main__":
    main()
