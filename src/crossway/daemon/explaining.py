"""Explaining: the simulation, asked about a configuration that a control plane has or had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crossway.admin.desk import Question
from crossway.compile.contract import Policies
from crossway.daemon.definitions import Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Plugins
from crossway.dialects.native.rows import document
from crossway.errors import NotFound, UserError
from crossway.model import FieldPath, Finding, Origin, Ref
from crossway.model.access import Identity
from crossway.model.revision import Row
from crossway.simulation.effective import effective
from crossway.simulation.explain import explain
from crossway.simulation.request import Request


def origin_in(pipeline: Pipeline, ref: Ref, path: FieldPath) -> Origin | None:
    """Return where a field of a resource is written; `None` if nobody wrote it."""
    return pipeline.loaded.locate([Finding("", "", about=ref, path=path)])[0].origin


def explain_request(pipeline: Pipeline, question: Question, who: Identity) -> Mapping[str, object]:
    """Return what would become of a request, and why, as plain data; `UserError` if its URL is none."""
    try:
        request = Request.to(
            question.url,
            question.method,
            question.headers,
            client_ip=question.client_ip,
            listener=question.listener or None,
        )
    except ValueError as error:
        raise UserError(str(error)) from None
    return explain(pipeline.ask, lambda ref, path: origin_in(pipeline, ref, path), request, sees=who.sees).as_dict()


def effective_policies(pipeline: Pipeline, ref: Ref, who: Identity) -> Sequence[Mapping[str, object]]:
    """Return the policies that hold for a resource, at each of its sites, as plain data."""
    sites = effective(pipeline.ask, lambda about, path: origin_in(pipeline, about, path), ref, sees=who.sees)
    if sites is None:
        raise NotFound(f"there is no {ref}")
    return [site.as_dict() for site in sites]


def past_pipeline(policies: Policies, rows: Iterable[Row]) -> Pipeline:
    """Return a pipeline that has adopted *rows*, with every certificate taken for usable."""
    pipeline = Pipeline(policies, Plugins().describe, define=Definitions().read)
    pipeline.adopt(pipeline.read(map(document, rows)))
    return pipeline
