"""Planning a configuration that stands in a test as text."""

from collections.abc import Iterable

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document

POLICIES = load_policies()


def pipeline(text: str, secrets: Iterable[str] = ("certificate/web", "authorities/roots")) -> Pipeline:
    """Return a pipeline that has adopted *text*; its certificates can be served where *secrets* name them."""
    made = Pipeline(POLICIES)
    made.adopt(made.read([Document("c.yaml", text)]))
    made.serve_certificates(set(secrets), [])
    return made


def said(text: str, **given: Iterable[str]) -> list[str]:
    """Return the findings about *text*, each as ``code field``."""
    return [f"{finding.code} {finding.field}" for finding in pipeline(text, **given).findings()]


def rows(text: str) -> list[tuple[str, str, str, str]]:
    """Return listener, hostname, path and route of each match, in the order in which they are tried."""
    return [(row.listener, row.hostname, row.path, row.route) for row in pipeline(text).routes()]
