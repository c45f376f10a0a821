"""The service that proxies ask about what a client shows (`envoy.service.auth.v3`).

Law: whatever goes wrong in here lets nobody through. A proxy that gets an error, or nothing, answers 503.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from crossway.authn.verdict import Answer, Headers, Method, Request, Verdict
from crossway.compile.checks import read
from crossway.errors import Unavailable
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.service.auth import v3 as auth_v3
from crossway.protos.envoy.type import v3 as http_v3

SERVICE: Final = "envoy.service.auth.v3.Authorization"
METHOD: Final = "Check"
_REFUSED: Final = grpc.StatusCode.UNAUTHENTICATED.value[0]

if TYPE_CHECKING:
    Handler = grpc.GenericRpcHandler[bytes, bytes]
    Context = grpc.aio.ServicerContext[bytes, bytes]


class AuthenticationService:
    """Checks requests by the methods that it knows, by the names of their policies."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods

    def handler(self) -> Handler:
        """Return what a gRPC server answers the proxies with."""
        method = grpc.unary_unary_rpc_method_handler(self._check)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _check(self, data: bytes, context: Context) -> bytes:
        try:
            check = auth_v3.CheckRequest.FromString(data)
            asked = read(check.attributes.context_extensions)
            method = self._methods[asked.method]
        except (DecodeError, ValueError, KeyError) as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"this is no check of ours: {error}")
        try:
            verdict = await method(_request(check.attributes.request.http), asked)
        except Unavailable as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return _response(verdict).SerializeToString()


def _request(http: auth_v3.AttributeContext.HttpRequest) -> Request:
    headers = tuple(
        (header.key, (header.raw_value or header.value.encode()).decode("latin-1"))
        for header in http.header_map.headers
        if not header.key.startswith(":")
    )
    return Request(http.method, http.scheme, http.host, http.path, headers, http.raw_body)


def _response(verdict: Verdict) -> auth_v3.CheckResponse:
    response = auth_v3.CheckResponse()
    if isinstance(verdict, Answer):
        response.status.code = _REFUSED
        response.denied_response.CopyFrom(
            auth_v3.DeniedHttpResponse(
                status=http_v3.HttpStatus(code=verdict.status), headers=_options(verdict.headers), body=verdict.body
            )
        )
    else:
        response.ok_response.headers.extend(_options(verdict.headers))
    return response


def _options(headers: Headers) -> list[core_v3.HeaderValueOption]:
    """Return *headers* for the proxy: the first of a name takes the place of what is there, the others follow it."""
    seen: set[str] = set()
    options = []
    for name, value in headers:
        action = (
            core_v3.HeaderValueOption.APPEND_IF_EXISTS_OR_ADD
            if name in seen
            else core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
        )
        seen.add(name)
        header = core_v3.HeaderValue(key=name, value=value)
        options.append(core_v3.HeaderValueOption(header=header, append_action=action))
    return options
