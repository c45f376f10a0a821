"""``crossway check``: everything that is wrong with a configuration, all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from crossway.cli.finding import Format, render
from crossway.cli.terminal import answer
from crossway.daemon.offline import Opened, open_configuration
from crossway.daemon.proof import prove
from crossway.model import Findings, errors


def check(
    config: Path,
    /,
    *,
    format: Format = "text",  # noqa: A002 - it is the name of the option
    proxy: Annotated[bool, Parameter(negative="--no-proxy")] = True,
) -> int:
    """Say everything that is wrong with a configuration: files, text, references, certificates, and what Envoy thinks.

    Parameters
    ----------
    config
        The configuration: a file, or a directory of files.
    format
        `text` for people, `json`, `github` for annotations in GitHub Actions, `sarif` for code scanning.
    proxy
        Ask Envoy about the result, once nothing else is wrong. It does not serve meanwhile.

    """
    opened = open_configuration(config)
    findings = opened.findings
    if proxy and not errors(findings):
        findings += opened.pipeline.loaded.locate(
            dict.fromkeys(refusal.finding for refusal in prove(opened.snapshot()))
        )
    if text := render((finding.as_dict() for finding in findings), format):
        answer(text)
    if format == "text":
        answer(_summary(opened, findings))
    return 1 if errors(findings) else 0


def _summary(opened: Opened, findings: Findings) -> str:
    wrong = len(errors(findings))
    routes = sum(ref.kind == "routes" for ref in opened.pipeline.loaded.resources)
    files = {document.name for document in opened.pipeline.loaded.documents}
    read = f"{_count(len(files), 'file')}, {_count(routes, 'route')}"
    if not findings:
        return f"nothing is wrong: {read}"
    return f"{_count(wrong, 'error')}, {_count(len(findings) - wrong, 'warning')}: {read}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
