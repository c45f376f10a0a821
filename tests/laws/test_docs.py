"""What the documents show is so: their configurations are accepted, and those of a finding's page are what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crossway.daemon.definitions import Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.model import Document, Finding, errors

ROOT = Path(__file__).parents[2]
FINDINGS = ROOT / "docs/reference/findings"
BLOCK = re.compile(r"^```(yaml|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])


def codes() -> set[str]:
    printed = subprocess.run(
        [sys.executable, "tools/codes.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return {line.split()[0] for line in printed.splitlines()}


CODES = sorted(codes())


def configurations(page: Path) -> list[Document]:
    """Return the configurations that stand on a page."""
    return [Document(f"{page.name}.{language}", text) for language, text in BLOCK.findall(page.read_text())]


def findings(document: Document) -> tuple[Finding, ...]:
    pipeline = Pipeline(load_policies(), dialects=load_dialects(), define=Definitions().read)
    loaded = pipeline.read([document])
    pipeline.adopt(loaded)
    pipeline.resources()
    return pipeline.findings()


def test_every_finding_has_a_page_and_no_page_is_left_over() -> None:
    assert {page.stem for page in FINDINGS.glob("*.*.md")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_finding_is_what_its_page_says(code: str) -> None:
    page = FINDINGS / f"{code}.md"
    text = page.read_text()
    assert re.fullmatch(rf"# `{re.escape(code)}`\n\n(Error|Warning)\. .+\n\n## What to do\n\n.+", text, re.DOTALL)
    shown = configurations(page)
    if shown:
        found = findings(shown[0])
        assert code in {finding.code for finding in found}
        severity = next(finding.severity for finding in found if finding.code == code)
        assert f"\n\n{severity.title()}. " in text
    else:
        assert triggered(code), f"no page, test or case triggers {code}"


def triggered(code: str) -> bool:
    """Return whether a test or a case names *code*."""
    places = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "src/crossway").glob("*/*/cases/*.yaml")]
    family, _, name = code.partition(".")
    return any(
        code in text or (f'"{name}"' in text and f"{family}." in text)
        for text in (place.read_text() for place in places)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_configuration_on_a_page_is_accepted(page: Path) -> None:
    # The first configuration on the page of a finding is the one that triggers it.
    shown = configurations(page)[1 if page.parent == FINDINGS else 0 :]
    pipeline = Pipeline(load_policies(), dialects=load_dialects(), define=Definitions().read)
    for document in shown:
        is_whole = "gateways:" in document.text and "services:" in document.text
        found = findings(document) if is_whole else pipeline.read([document]).findings
        assert [str(finding) for finding in errors(found)] == []
