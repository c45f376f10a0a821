"""What a relay passes on. What comes through it is tested with the services it is for."""

import grpc
import grpc.aio
import pytest

from crossway.daemon.forwarding import forward_calls, forward_streams
from harness.calls import serving
from harness.ports import free_port


async def test_a_relay_whose_control_plane_is_away_says_so() -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{free_port()}") as nobody:
        async with serving(forward_calls(nobody, "S", "M")) as relay:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await relay.unary_unary("/S/M")(b"")
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
        async with serving(forward_streams(nobody, "S", "M")) as relay:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await relay.stream_stream("/S/M")(iter([b""])).read()
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
