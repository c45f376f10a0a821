"""WebSocket push: an address at which services reach the clients of a WebSocket API."""

from __future__ import annotations

from crossway.compile.contract import Fragment, Policy, Site, Stage, Target, step
from crossway.model import Ref
from crossway.model.websocket_api import CompiledPush, WebSocketPush


def compile_websocket_push(spec: WebSocketPush, site: Site) -> Fragment:
    """Return the step that reaches clients."""
    api = str(Ref.parse("routes", spec.api, site.namespace))
    return Fragment(steps=(step("websocket_push", CompiledPush(api=api, max_message=spec.max_message)),))


POLICY = Policy(
    spec=WebSocketPush,
    stage=Stage.COMPOSE,
    applies=Target.ROUTE,
    targets=frozenset({Target.ROUTE}),
    compile=compile_websocket_push,
)
