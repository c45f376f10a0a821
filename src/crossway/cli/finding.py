"""Findings for people and machines: as text, JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, Literal

from crossway import __version__
from crossway.model import Finding, Severity

Format = Literal["text", "json", "github", "sarif"]

PAGES: Final = "docs/reference/findings"
"""Where the page of each code stands in the repository."""


def render(findings: Iterable[Finding], style: Format) -> str:
    """Return *findings* in one of the formats, without a closing line break."""
    if style == "json":
        return json.dumps([finding.as_dict() for finding in findings], indent=2)
    if style == "github":
        return "\n".join(_annotation(finding) for finding in findings)
    if style == "sarif":
        return json.dumps(_sarif(list(findings)), indent=2)
    return "\n".join(map(str, findings))


def _annotation(finding: Finding) -> str:
    """Return a workflow command (GitHub, "Workflow commands for GitHub Actions")."""
    level = "error" if finding.severity is Severity.ERROR else "warning"
    place = ""
    if finding.origin:
        line, column = max(finding.origin.line, 1), max(finding.origin.column, 1)
        place = f" file={finding.origin.document},line={line},col={column},"
    text = f"{finding.field}: {finding.message}" if finding.field else finding.message
    text = f"{text}; {finding.hint}" if finding.hint else text
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{level}{place or ' '}title={finding.code}::{escaped}"


def _sarif(findings: list[Finding]) -> dict[str, object]:
    """Return a log in SARIF 2.1.0 (OASIS)."""
    codes = sorted({finding.code for finding in findings})
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


def _result(finding: Finding) -> dict[str, object]:
    text = f"{finding.field}: {finding.message}" if finding.field else finding.message
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": f"{text}; {finding.hint}" if finding.hint else text},
    }
    if finding.origin:
        region = {"startLine": max(finding.origin.line, 1), "startColumn": max(finding.origin.column, 1)}
        place = {"artifactLocation": {"uri": finding.origin.document}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result
