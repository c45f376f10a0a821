"""The rate limit service that proxies ask (`envoy.service.ratelimit.v3`), around the counters of one place.

Where nobody can count, a request gets an error and no verdict: what becomes of it then, the policy of its route says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from crossway.compile.limits import read
from crossway.errors import Unavailable
from crossway.exact.answer import answer
from crossway.exact.counters import Counters
from crossway.protos.envoy.service.ratelimit import v3 as service_v3

SERVICE: Final = "envoy.service.ratelimit.v3.RateLimitService"
METHOD: Final = "ShouldRateLimit"

UNREADABLE: Final = service_v3.RateLimitResponse(
    overall_code=service_v3.RateLimitResponse.Code.OVER_LIMIT
).SerializeToString()
"""What a request gets with a header that a limit counts and that is no UTF-8: an error would be a way past the limit,
where failures let requests through."""

if TYPE_CHECKING:
    Handler = grpc.GenericRpcHandler[bytes, bytes]
    Context = grpc.aio.ServicerContext[bytes, bytes]


class RateLimitService:
    """Judges requests by what is counted."""

    def __init__(self, counters: Counters, clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
        """Make a service; *clock* gives the time in UTC, and *say* tells when counters are lost and found again."""
        self._counters = counters
        self._clock = clock
        self._say = say
        self._lost = False

    def handler(self) -> Handler:
        """Return what a gRPC server answers the proxies with."""
        method = grpc.unary_unary_rpc_method_handler(self._judge)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _judge(self, data: bytes, context: Context) -> bytes:
        now = self._clock()
        try:
            request = service_v3.RateLimitRequest.FromString(data)
        except DecodeError:
            return UNREADABLE
        try:
            limits = [read(descriptor.entries) for descriptor in request.descriptors]
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"this is no limit of ours: {error}")
        try:
            counts = await self._counters.take(limits, request.hits_addend or 1, now)
        except Unavailable as error:
            self._note(str(error))
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        self._note("")
        return answer(request.domain, counts, now).SerializeToString()

    def _note(self, trouble: str) -> None:
        if bool(trouble) is not self._lost:
            self._lost = bool(trouble)
            self._say(f"limits cannot be counted: {trouble}" if trouble else "limits are counted again")
