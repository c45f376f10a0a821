"""Explaining: the simulation, asked about what a control plane has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crossway.admin.desk import Question
from crossway.daemon.pipeline import Pipeline
from crossway.errors import UserError
from crossway.model import Ref
from crossway.model.access import Identity
from crossway.model.revision import Row


def effective_policies(pipeline: Pipeline, ref: Ref, who: Identity) -> Sequence[Mapping[str, object]]:
    raise UserError("not yet")


def explain_request(pipeline: Pipeline, question: Question, who: Identity) -> Mapping[str, object]:
    raise UserError("not yet")


def explain_past(rows: Iterable[Row], question: Question, who: Identity) -> Mapping[str, object]:
    raise UserError("not yet")
