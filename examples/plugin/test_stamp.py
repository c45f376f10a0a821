"""Run with `pytest examples/plugin`; through a real Envoy with `pytest examples/plugin --envoy`."""

import pytest

from crossway.sdk.testing import Gateway
from examples.plugin.stamp import stamp


@pytest.fixture(autouse=True)
def stamped(gateway: Gateway) -> None:
    gateway.use(stamp, {"contracts": {"tea": "gold"}})


def test_a_tenant_is_stamped(gateway: Gateway) -> None:
    assert gateway.get("/orders/7", headers={"x-tenant": "tea"}).status == 200
    (request,) = gateway.received()
    assert request.headers["x-contract"] == "gold"


def test_nobody_stamps_himself(gateway: Gateway) -> None:
    gateway.get("/", headers={"x-tenant": "tea", "x-contract": "platinum"})
    assert gateway.received()[0].headers.get_all("x-contract") == ["gold"]


@pytest.mark.parametrize("headers", [{}, {"x-tenant": "eve"}])
def test_others_are_turned_away(gateway: Gateway, headers: dict[str, str]) -> None:
    assert gateway.get("/orders/7", headers=headers).status == 403
    assert gateway.received() == []
