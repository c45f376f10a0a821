"""A backend that speaks JSON-RPC 2.0, behind a REST API."""

from __future__ import annotations

from functools import partial

from crossway.compile.contract import Policy, Stage, Target
from crossway.compile.procedures import compile_backend
from crossway.model.procedures import JsonRpcBackend

POLICY = Policy(
    spec=JsonRpcBackend,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=partial(compile_backend, kind="json"),
)
