"""Findings for people and machines: as text, JSON, GitHub annotations and SARIF.

They come as `crossway.model.Finding.as_dict` gives them, so that those of a Crossway elsewhere are no others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from crossway import __version__

Said = Mapping[str, str | int | None]
"""A finding as plain data."""
Format = Literal["text", "json", "github", "sarif"]

PAGES: Final = "docs/reference/findings"
"""Where the page of each code stands in the repository."""


def render(findings: Iterable[Said], style: Format) -> str:
    """Return *findings* in one of the formats, without a closing line break."""
    if style == "json":
        return json.dumps([*findings], indent=2, ensure_ascii=False)
    if style == "github":
        return "\n".join(map(_annotation, findings))
    if style == "sarif":
        return json.dumps(_sarif([*findings]), indent=2, ensure_ascii=False)
    return "\n".join(map(sentence, findings))


def sentence(finding: Said) -> str:
    """Return a finding as one line of text."""
    place = ":".join(str(finding[part]) for part in ("file", "line", "column") if finding[part])
    expected = f" (expected {finding['expected']})" if finding["expected"] else ""
    where = f"{place}: " if place else ""
    return f"{where}{finding['severity']}: {_message(finding, expected)} [{finding['code']}]"


def is_error(finding: Said) -> bool:
    """Return whether a finding keeps something from going live."""
    return finding["severity"] == "error"


def _message(finding: Said, expected: str = "") -> str:
    field = f"{finding['path']}: " if finding["path"] else ""
    hint = f"; {finding['hint']}" if finding["hint"] else ""
    return f"{field}{finding['message']}{expected}{hint}"


def _annotation(finding: Said) -> str:
    """Return a workflow command (GitHub, "Workflow commands for GitHub Actions")."""
    place = (
        f" file={finding['file']},line={finding['line'] or 1},col={finding['column'] or 1}," if finding["file"] else " "
    )
    return f"::{finding['severity']}{place}title={finding['code']}::{escaped(_message(finding))}"


def escaped(text: str) -> str:
    """Return *text* as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _sarif(findings: list[Said]) -> dict[str, object]:
    """Return a log in SARIF 2.1.0 (OASIS)."""
    codes = sorted({str(finding["code"]) for finding in findings})
    rules = [{"id": code, "help": {"text": f"See {PAGES}/{code}.md"}} for code in codes]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "crossway", "version": __version__, "rules": rules}},
                "results": [_result(finding) for finding in findings],
            }
        ],
    }


def _result(finding: Said) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding["code"],
        "level": finding["severity"],
        "message": {"text": _message(finding)},
    }
    if finding["file"]:
        region = {"startLine": finding["line"] or 1, "startColumn": finding["column"] or 1}
        place = {"artifactLocation": {"uri": finding["file"]}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result
