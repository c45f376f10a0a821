"""JSON-RPC 2.0 in front of services: clients call methods, and each is a call over HTTP or in gRPC."""

from __future__ import annotations

from functools import partial

from crossway.compile.contract import Policy, Stage, Target
from crossway.compile.procedures import compile_methods
from crossway.model.procedures import JsonRpc

POLICY = Policy(
    spec=JsonRpc,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=partial(compile_methods, kind="json_rpc"),
    defined=True,
)
