"""What the code of a user is, found out in a process of its own, so that nothing it does is done to us.

One process answers for all that somebody wants to know of the same code.

Law: every question has an answer within its time. Whatever goes wrong is `Described.problem`, in one sentence.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec import MsgspecError, json
from msgspec.structs import replace

from crossway.compile.program import Bounds, Code, Described
from crossway.model.plugin import Plugin
from crossway.model.ref import Ref
from crossway.runtime.describe import MEMORY, Answer, Question

TIME_LIMIT: Final = 10.0
"""Seconds that code may take to be loaded."""
_STARTING: Final = 10.0
"""Seconds that the process may take beside that: for its own start, on a machine that is busy."""
_LONGEST_ANSWER: Final = 2**20


def code_of(ref: Ref, plugin: Plugin, read_text: Callable[[str], str]) -> Code:
    """Return the code of the plugin *ref*; `read_text` returns the text of the file with that path."""
    if plugin.source is not None:
        return Code(str(ref), text=plugin.source)
    if plugin.module is not None:
        return Code(ref.local, module=plugin.module)
    path = plugin.file or ""
    return Code(path, text=read_text(path), directory=os.path.dirname(os.path.abspath(path)))  # noqa: PTH100, PTH120


def as_configured(found: Described, plugin: Plugin) -> Described:
    """Return *found* with what the resource *plugin* says beside its code."""
    deadline = plugin.deadline.total_seconds()
    bounds = Bounds(
        deadline,
        plugin.failure,
        plugin.isolation,
        Bounds().memory if plugin.memory is None else plugin.memory,
        deadline if plugin.cpu_time is None else plugin.cpu_time.total_seconds(),
    )
    return replace(found, bounds=bounds)


def describe(code: Code, attributes: Sequence[str], time_limit: float = TIME_LIMIT) -> list[Described]:
    """Return what each of the *attributes* of *code* is. Blocks for as long as that takes: some tenths of a second."""
    question = json.encode(Question(code, tuple(attributes), time_limit))
    longest = _LONGEST_ANSWER * len(attributes)
    with tempfile.TemporaryFile() as file:
        command = [sys.executable, "-P", "-m", "crossway.runtime.describe", str(file.fileno())]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(file.fileno(),),
            start_new_session=True,
        )
        problem = ""
        try:
            process.communicate(question, time_limit + _STARTING)
        except subprocess.TimeoutExpired:
            problem = f"loading takes longer than {time_limit:g} seconds"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
            process.wait()
        file.seek(0)
        text = file.read(longest + 1)
    if len(text) > longest:
        problem = f"the schema of its settings has more than {longest} bytes"
    problem = f"{code.name}: {problem or _ended(process.returncode)}"
    answers = _answers(text) or [Answer(problem=problem) for _ in attributes]
    return [
        Described(
            code, attribute, answer.hooks, answer.schema, answer.documentation, answer.problem, beside=answer.beside
        )
        for attribute, answer in zip(attributes, answers, strict=True)
    ]


def _answers(text: bytes) -> list[Answer]:
    try:
        return json.decode(text, type=list[Answer])
    except MsgspecError:  # there is none, or not all of it
        return []


def _ended(status: int) -> str:
    """Return what it means that the process ended with *status* before its answer."""
    if -status in (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        name = signal.Signals(-status).name
        return f"while it is loaded, the process crashes ({name}), or needs more than {MEMORY >> 20} MiB of memory"
    how = f"signal {-status}" if status < 0 else f"exit code {status}"
    return f"it ends the process while it is loaded ({how})"


__all__ = ["TIME_LIMIT", "as_configured", "code_of", "describe"]
