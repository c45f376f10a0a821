"""``python -m bench.ext_proc PORT``: what `bench.apps.stamp` does, as a server of its own that Envoy asks by ext_proc.

It does as little as such a server can: both of its answers are made once.
https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_filters/ext_proc_filter
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.service.ext_proc import v3 as ext_proc_v3

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"


def _edit(name: str, value: str) -> ext_proc_v3.CommonResponse:
    edit = ext_proc_v3.CommonResponse()
    edit.header_mutation.set_headers.add(header=core_v3.HeaderValue(key=name, raw_value=value.encode()))
    return edit


_REQUEST = ext_proc_v3.ProcessingResponse(
    request_headers=ext_proc_v3.HeadersResponse(response=_edit("x-stamp", "bench"))
)
_RESPONSE = ext_proc_v3.ProcessingResponse(
    response_headers=ext_proc_v3.HeadersResponse(response=_edit("x-stamped", "yes"))
)


async def process(
    requests: AsyncIterator[ext_proc_v3.ProcessingRequest], _: object
) -> AsyncIterator[ext_proc_v3.ProcessingResponse]:
    """Yield what to do at each step of one request."""
    async for request in requests:
        yield _REQUEST if request.HasField("request_headers") else _RESPONSE


async def main() -> None:
    server: Any = grpc.aio.server()
    handler = grpc.stream_stream_rpc_method_handler(
        process,
        request_deserializer=ext_proc_v3.ProcessingRequest.FromString,
        response_serializer=ext_proc_v3.ProcessingResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Process": handler}),))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main())
