"""``crossway convert``: a configuration in another language, with a report of what could not be said there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from crossway.cli.terminal import answer, say
from crossway.compile.contract import Policies
from crossway.daemon.collection import without_collection
from crossway.daemon.conversion import Converted, converted, redacted
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.daemon.showing import Showing, concealed
from crossway.dialects.contract import Write
from crossway.dialects.native import Loaded
from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.writer import write_native
from crossway.errors import RemoteError, UserError
from crossway.model import Document, Findings, Ref, errors
from crossway.sources.python import open_source

T = TypeVar("T")

SHARED = "kubernetes"
"""The dialect whose objects others name."""


def convert(
    config: Path,
    /,
    *,
    to: str = "native",
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    report: Path | None = None,
    lossy: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write a configuration in another language, and say what of it could not be said there.

    Each foreign object is told with the number of its fields that were mapped, those that were ignored, for a reason
    that is harmless, and those that were refused. What is refused is closed in what is written: its routes answer 503.

    Parameters
    ----------
    config
        The configuration: a file, or a directory of files. Its language is recognised.
    to
        The language to write.
    from_
        Read only this language, and the native one.
    output
        The file to write. Without it, the answer is printed, with `[redacted]` for keys and passwords.
    report
        A file for the report as JSON.
    lossy
        Write even if something was refused.

    """
    documents, missing = open_source(config).read()
    dialects = {dialect.name: dialect for dialect in load_dialects()}
    writers = {name: dialect.write for name, dialect in dialects.items() if dialect.write is not None}
    write = _one_of({"native": None, **writers}, to)
    read = dialects.values() if from_ is None else (dialects[SHARED], _one_of(dialects, from_))
    policies = load_policies()
    with without_collection():
        result = converted(Pipeline(policies, dialects=read), documents)
    wrong = (*missing, *errors(result.findings))
    _tell(result, (*missing, *result.findings))
    if report is not None:
        _write(report, json.dumps(_report(result), indent=2, ensure_ascii=False) + "\n")
    if wrong and not lossy:
        say(f"nothing is written, because {len(wrong)} things were refused; --lossy writes what is left")
        return 1
    if output is not None:
        _write(output, _text(result.settings, write, policies))
        say(f"wrote {output}; next: crossway check {output}")
    else:
        answer(_text(result.settings, write, policies, redact=True).removesuffix("\n"))
    return 1 if wrong else 0


def _one_of(choices: Mapping[str, T], name: str) -> T:
    """Return the choice of this name, or raise `UserError`."""
    if name not in choices:
        raise UserError(f"there is no dialect {name!r} for this; there are {', '.join(sorted(choices))}")
    return choices[name]


def _tell(result: Converted, findings: Findings) -> None:
    """Say what became of the objects, one by one where a field was lost, and what is wrong with the texts."""
    for finding in findings:
        say(str(finding))
    for told in result.told:
        if told.ignored or told.refused or told.closed:
            say(str(told))
    if result.told:
        mapped = sum(len(told.mapped) for told in result.told)
        ignored = sum(len(told.ignored) for told in result.told)
        refused = sum(len(told.refused) for told in result.told)
        say(f"{len(result.told):,} objects: {mapped:,} fields mapped, {ignored:,} ignored, {refused:,} refused")


def _report(result: Converted) -> dict[str, object]:
    return {
        "objects": [told.as_dict() for told in result.told],
        "findings": [finding.as_dict() for finding in result.findings],
    }


def _text(settings: dict[Ref, object], write: Write | None, policies: Policies, *, redact: bool = False) -> str:
    """Return the text that says *settings*: native if nothing else writes it."""

    def read(text: str) -> Loaded:
        return Pipeline(policies, dialects=load_dialects()).read([Document("", text)])

    shown = redacted(settings, Showing(policies)) if redact else settings
    if shown != settings:
        say("keys and passwords are printed as [redacted]; --output writes them")
    if write is None:
        return write_native(shown)
    legible = {ref: value if shown[ref] is not None else None for ref, value in settings.items()}
    roots = write(legible, read)
    return "---\n".join(map(render_yaml, concealed(roots, read(write_native(legible)).resources) if redact else roots))


def _write(path: Path, text: str) -> None:
    """Write *text* into the file *path*, for its owner alone: there may be keys in it."""
    try:
        with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
    except OSError as error:
        raise RemoteError(f"{path} cannot be written: {error.strerror}") from None
