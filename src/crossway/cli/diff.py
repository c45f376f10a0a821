"""``crossway diff``: what a change would change, or what two revisions say differently."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from crossway.cli.change import counts
from crossway.cli.finding import escaped, render, sentence
from crossway.cli.kinds import local
from crossway.cli.options import HERE, Paths, Switch, Where
from crossway.cli.remote import HEAD, Crossway, Plain, crossway, revision
from crossway.cli.terminal import answer, answer_json, is_coloured, say
from crossway.errors import UserError

Style = Literal["text", "json", "github"]
COLOURS: Final = {"+": "32", "-": "31", "@": "36"}
"""SGR codes (ECMA-48, section 8.3.117) by the first letter of a line."""


def diff(
    *paths: Paths,
    prune: Switch = False,
    from_: Annotated[str, Parameter(name="--from")] = "",
    to: str = HEAD,
    config: Path | None = None,
    format: Style = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Say what `crossway apply` would change, resource by resource; or what two revisions say differently.

    The exit status is 0 if there is no difference, 1 if there is one, and 2 if that cannot be said.

    Parameters
    ----------
    paths
        Files, and directories of files; `-` for standard input.
    prune
        Also what `crossway apply --prune` would remove.
    from_
        Compare this revision, rather than files.
    to
        Compare it with this one; `head` is the newest that is live.
    config
        Compare the files with this file or directory, rather than with what is live.
    format
        `text`, `json`, or `github` for a log of GitHub Actions.
    where
        Which Crossway is asked.

    """
    if bool(paths) == bool(from_) or (from_ and (config or prune)):
        raise UserError("say what to compare: crossway diff gateway.yaml, or crossway diff --from 41 --to 42")
    if from_:
        with crossway(where) as asked:
            differences = _between(asked, from_, to)
        _tell(differences, format, counts(differences))
        return 1 if differences else 0
    with _holding(config) if config else crossway(where) as asked:
        return _planned(_plan(asked, paths, prune=prune), format)


def _plan(asked: Crossway, paths: Sequence[Path], *, prune: bool, dry_run: bool = True) -> Plain:
    """Return what would become of the files, or what becomes of them."""
    from crossway.cli.apply import read  # slow, and not needed between revisions

    documents, missing = read(paths)
    if missing:
        raise UserError("; ".join(sentence(finding) for finding in missing))
    return asked.send("POST", "/v1/changesets", {"documents": documents, "prune": prune, "dry_run": dry_run})


@contextmanager
def _holding(config: Path) -> Iterator[Crossway]:
    """Yield a Crossway that has the configuration at *config*, and nothing else."""
    from crossway.cli.local import served  # slow, and not needed where another one is asked

    with tempfile.TemporaryDirectory(prefix="crossway-") as directory, served(Path(directory)) as asked:
        if _plan(asked, (config,), prune=True, dry_run=False)["state"] == "refused":
            raise UserError(
                f"nothing can be compared with {config}; crossway check {config} says what is wrong with it"
            )
        yield asked


def _planned(plan: Plain, style: Style) -> int:
    """Tell what would become of the files, and return the exit status."""
    findings = plan["findings"]
    if style == "github" and (text := render(findings, "github")):
        answer(text)
    if style == "text":
        for finding in findings:
            say(sentence(finding))
    _tell(plan["differences"], style, counts(plan["differences"]))
    if plan["state"] == "refused":
        say("refused: this would not be applied")
        return 2
    return 1 if plan["differences"] else 0


def _between(asked: Crossway, old: str, new: str) -> Sequence[Plain]:
    """Return the resources that two revisions say differently."""
    found: Sequence[Plain] = asked.ask(f"/v1/revisions/{revision(old)}/diff/{revision(new)}")["differences"]
    return found


def _tell(differences: Sequence[Plain], style: Style, told: str) -> None:
    if style == "json":
        answer_json({"summary": told, "differences": differences})
        return
    for difference in differences:
        if style == "github":
            answer(f"::group::{_name(difference)}")
        for line in unified(difference):
            answer(_coloured(line))
        if style == "github":
            answer("::endgroup::")
    answer(f"::notice title=crossway diff::{escaped(told)}" if style == "github" else told)


def unified(difference: Plain) -> Iterator[str]:
    """Yield the lines of a unified diff of one resource, of which each side is a text or nothing."""
    before, after = (dedent(difference[side] or "").splitlines() for side in ("before", "after"))
    names = [_name(difference) if difference[side] is not None else "/dev/null" for side in ("before", "after")]
    if before == after:
        yield from (
            f"--- {names[0]}",
            f"+++ {names[1]}",
            " only its indentation differs, or a secret, which is not shown",
        )
    yield from difflib.unified_diff(before, after, names[0], names[1], lineterm="")


def _name(difference: Plain) -> str:
    return f"{difference['kind']}.{local(difference['namespace'], difference['name'])}"


def _coloured(line: str) -> str:
    colour = COLOURS.get(line[:1])
    return f"\x1b[{colour}m{line}\x1b[0m" if colour and is_coloured() else line
