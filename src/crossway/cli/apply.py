"""``crossway apply``: change the configuration, with proof."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from crossway.cli.change import conclude, make
from crossway.cli.finding import Format, Said
from crossway.cli.options import AS_USUAL, HERE, Making, Paths, Switch, Where
from crossway.cli.remote import Plain, crossway
from crossway.errors import UserError
from crossway.sources.files import Files

STDIN = Path("-")


def apply(
    *paths: Paths,
    prune: Switch = False,
    making: Making = AS_USUAL,
    strict: Switch = False,
    guard: str = "",
    guard_for: str = "2m",
    base: int | None = None,
    format: Format = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Put every resource in some files, all of them at once: live on every proxy, or as if nothing had been.

    The exit status is 0 once the change is live, 1 if it was refused or rolled back, 3 if it is live but for a part
    that is in quarantine, and 2 if nobody could be asked.

    Parameters
    ----------
    paths
        Files, and directories of files; `-` for standard input.
    prune
        Remove every resource that is in none of the files: they are the whole configuration.
    making
        How the change is made.
    strict
        Refuse the whole change for any part that a proxy does not take, rather than put that part into quarantine.
    guard
        Take the change back if more answers of the routes it touches are 5xx than this, such as `1%`.
    guard_for
        How long --guard watches.
    base
        The revision that the files were made from: what somebody else has changed since is a conflict.
    format
        `text` for people, `json` for all of it, `github` for annotations in GitHub Actions, `sarif` for code scanning.
    where
        Which Crossway is asked.

    """
    documents, findings = read(paths)
    if findings:
        return conclude(_unread(findings), format)
    body: dict[str, object] = {"documents": documents, "prune": prune, **asdict(making), "strict": strict}
    if base is not None:
        body["base"] = base
    if guard:
        body["guard"] = {"errors": guard, "window": guard_for}
    with crossway(where, create=True) as asked:
        return make(asked, "/v1/changesets", body, format)


def read(paths: Sequence[Path]) -> tuple[list[dict[str, str]], list[Said]]:
    """Return the documents at *paths*, each once, and what is wrong with those that cannot be read."""
    if not paths:
        raise UserError("say which files: crossway apply gateway.yaml, or a directory, or - for standard input")
    texts: dict[str, str] = {}
    wrong: list[Said] = []
    for path in paths:
        if path == STDIN:
            texts["stdin"] = sys.stdin.read()
            continue
        if path.suffix == ".py":
            raise UserError(f"{path} is an app, which runs from its file: crossway run {path}")
        documents, findings = Files(path).read()
        texts |= {document.name: document.text for document in documents}
        wrong += [finding.as_dict() for finding in findings]
    return [{"name": name, "text": text} for name, text in texts.items()], wrong


def _unread(findings: list[Said]) -> Plain:
    """Return what becomes of a change that nobody can ask for, since a file of it cannot be read."""
    nothing: Plain = {
        "state": "refused",
        "revision": None,
        "live": 0,
        "proxies": 0,
        "quarantined": [],
        "differences": [],
    }
    return {**nothing, "findings": findings}
