"""Proxies that reach each other through Redis: here one that reaches itself."""

import pytest

from crossway.runtime.websocket_api.events import EventClient
from crossway.runtime.websocket_api.hub import HUB, PROXY
from crossway.runtime.websocket_api.orders import Order
from crossway.runtime.websocket_api.relaying import AwayError, Relay
from crossway.sdk.http import Request
from harness.redis import Redis, needed
from harness.waiting import until

pytestmark = needed


async def test_a_proxy_is_asked_as_long_as_redis_is_there():
    client = EventClient(HUB.new_id(), "relayed", Request("GET", "/"), 10)
    HUB.come(client, ())
    async with Redis() as redis:
        relay = Relay(redis.url)

        async def answers() -> bool:
            try:
                told = (await relay.ask(PROXY, Order("relayed", "tell", client.id))).told
            except AwayError:
                return False
            return told is not None and told["id"] == client.id

        await until(answers)
        assert (await relay.ask(PROXY, Order("relayed", "tell", "nobody"))).is_gone
        assert (await relay.ask("elsewhere", Order("relayed", "tell", "nobody"))).is_gone
        await relay.spread(Order("relayed", "spread", text="x"))
        await redis.kill()
        with pytest.raises(AwayError):
            await relay.ask(PROXY, Order("relayed", "tell", client.id))
        await redis.start()
        await until(answers)
    HUB.leave(client)
