"""XML-RPC in front of services: clients call methods, and each is a call over HTTP or in gRPC."""

from __future__ import annotations

from functools import partial

from crossway.compile.contract import Policy, Stage, Target
from crossway.compile.procedures import compile_methods
from crossway.model.procedures import XmlRpc

POLICY = Policy(
    spec=XmlRpc,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=partial(compile_methods, kind="xml_rpc"),
    defined=True,
)
