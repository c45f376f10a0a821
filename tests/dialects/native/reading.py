"""Reading a text in each of the ways there are: cut into entries, parsed as a whole, and after an edit."""

from dataclasses import replace

import pytest

from crossway.daemon.registry import load_policies
from crossway.dialects.native import Loaded, Native, page
from crossway.model import Document, Finding

POLICIES = load_policies()


def read(text: str, name: str = "c.yaml") -> Loaded:
    """Return what *text* says, cut where it can be."""
    return Native(POLICIES).read([Document(name, text)])


def read_whole(text: str, name: str = "c.yaml") -> Loaded:
    """Return what *text* says, parsed as a whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "cut", lambda _: None)
        return read(text, name)


def said(loaded: Loaded) -> list[Finding]:
    """Return the findings in the order of the text, without saying in which order they were found."""
    return sorted(loaded.findings, key=lambda finding: (str(finding.origin), finding.code, finding.message))


def placed(loaded: Loaded) -> list[str]:
    """Return each finding as ``code at line:column``."""
    return [f"{item.code} at {str(item.origin).partition(':')[2]}" for item in said(loaded)]


def same(one: Loaded, other: Loaded) -> bool:
    """Return whether two readings say the same, in any order."""
    return dict(one.resources) == dict(other.resources) and said(one) == said(other)


def unplaced(loaded: Loaded) -> list[Finding]:
    """Return the findings without their places."""
    return [replace(finding, origin=None) for finding in said(loaded)]
