"""Request limit: how large one request may be, route by route. What is larger is refused, and nothing is kept to know.

Envoy's own filter for this reads the whole body first: 100 MB uploaded under a bound of 1 GiB cost 102 MB of memory,
and a call that streams both ways waits for ever. So a body is counted as it passes, by a filter of 700 bytes
(`counter.wat`): the same upload costs nothing, and a stream flows until it has brought too much. The first route with
a limit costs a proxy 17 MB, for the machine that runs the filter.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Size, Spec
from crossway.policies.request_limit._counter import CODE
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.filter_chain import v3 as filter_chain_v3
from crossway.protos.envoy.extensions.filters.http.wasm import v3 as wasm_filter_v3
from crossway.protos.envoy.extensions.wasm import v3 as wasm_v3

_UNLIMITED: Final = 2**63 - 1


class RequestLimit(Spec):
    """Refuse requests that are too large. In one line, the size of the body: `request_limit: 1MiB`.

    A body whose length is said before is refused before a backend hears of it. One without a length, chunked or a
    stream of HTTP/2 or HTTP/3, is passed on as it comes and cut off at the limit: the client is answered, and the
    backend sees a request that breaks off. Nothing of it is kept. What a WebSocket carries is no body,
    and has no bound.
    """

    body: Size | None = None
    """The size of the body as it is sent, in bytes; more is answered 413. 0 allows no body at all."""
    headers: Annotated[Size, Field(ge=512, le=8192 * 1024)] | None = None
    """The size of the names and values of all headers, together with the 300 bytes or so that the gateway adds; more
    is answered 431. The listener has a bound of its own, `limits.request_headers`, and where that is less it is the one
    that holds."""

    short_forms = ("body",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"body": value} if isinstance(value, str | int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _bounds_something(self) -> RequestLimit:
        if self.body is None and self.headers is None:
            raise ValueError("a limit has at least one of body, headers")
        return self


def compile_request_limit(spec: RequestLimit, _site: Site) -> Fragment:
    """Return the counter for the route, which reads its bounds from its own names."""
    virtual_machine = wasm_v3.VmConfig(
        runtime="envoy.wasm.runtime.v8",
        code=core_v3.AsyncDataSource(local=core_v3.DataSource(inline_bytes=CODE)),
    )
    counter = wasm_filter_v3.Wasm(
        config=wasm_v3.PluginConfig(
            name=str(_UNLIMITED if spec.body is None else spec.body),
            root_id=str(spec.headers or _UNLIMITED),
            vm_config=virtual_machine,
            failure_policy=wasm_v3.FailurePolicy.FAIL_RELOAD,
        )
    )
    chain = filter_chain_v3.FilterChain(
        filters=[core_v3.TypedExtensionConfig(name="counter", typed_config=pack(counter))]
    )
    return Fragment(per_route={"request_limit": filter_chain_v3.FilterChainConfigPerRoute(filter_chain=chain)})


POLICY = Policy(
    spec=RequestLimit,
    stage=Stage.LIMIT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_request_limit,
    filters={"request_limit": filter_chain_v3.FilterChainConfig()},
)
