"""A configuration as it would be, without a control plane: what the verbs that read look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crossway.daemon.definitions import Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Plugins
from crossway.daemon.registry import installed_dialects, load_policies
from crossway.daemon.snapshots import ALL, view_of, view_snapshot
from crossway.dialects.native import Loaded
from crossway.identity.secrets import Secrets, read_secrets
from crossway.model import Finding, Findings, Origin, errors
from crossway.plan.reference import dangling
from crossway.sources.python import open_source
from crossway.xds.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Opened:
    """A configuration that was read to its end, whatever is wrong with it."""

    pipeline: Pipeline
    secrets: Secrets
    findings: Findings
    """From every stage: files, text, model, plan, compile, certificates; in the order of the text."""

    def snapshot(self, view: str = ALL) -> Snapshot:
        """Return what proxies of *view* would be given."""
        return view_snapshot(self.pipeline, view_of(view), self.secrets.resources)


def open_configuration(path: Path) -> Opened:
    """Read the configuration at *path*, a file or a directory, with the files of its certificates."""
    documents, missing = open_source(path).read()
    pipeline = Pipeline(load_policies(), Plugins().describe, installed_dialects(), Definitions().read)
    loaded = pipeline.read(documents)
    pipeline.adopt(loaded)
    secrets = read_secrets(pipeline.certificates(), pipeline.generic_secrets(), datetime.now(UTC))
    pipeline.serve_certificates(secrets.resources.keys(), secrets.findings)
    pipeline.serve_secrets(secrets.resources.keys())
    found = (*missing, *_told(loaded, missing, pipeline.findings(secrets.findings)))
    return Opened(pipeline, secrets, tuple(sorted(dict.fromkeys(found), key=_place)))


def _told(loaded: Loaded, missing: Findings, findings: Findings) -> Findings:
    """Return *findings* without those that only follow from another one: a name of what could not be read."""
    wrong = (*missing, *errors(loaded.findings))
    unread = {finding.about for finding in wrong if finding.about not in loaded.resources}
    if None in unread:  # a whole document: nobody knows which names are in it
        return tuple(finding for finding in findings if finding.code != "reference.dangling")
    following = {dangling(ref, (), ref).message for ref in unread if ref is not None}
    return tuple(
        finding for finding in findings if finding.code != "reference.dangling" or finding.message not in following
    )


def _place(finding: Finding) -> Origin:
    return finding.origin or Origin("")
