"""The desk: what the API asks is what both desks of a control plane offer, and the one that stands in for them."""

import inspect

import pytest

from crossway.admin.desk import Desk
from crossway.daemon.desk import ControlDesk, StoreDesk
from harness.desks import MemoryDesk

ASKED = {name: method for name, method in vars(Desk).items() if not name.startswith("_")}
DESKS = [ControlDesk(None, None, {}, None), StoreDesk(None, None, {}, None, None), MemoryDesk()]


def shape(method: object) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(method).parameters.values()
    return [(one.name, one.kind, one.default) for one in parameters if one.name != "self"]


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: type(desk).__name__)
@pytest.mark.parametrize("name", ASKED)
def test_each_desk_offers_what_the_api_asks(desk: object, name: str) -> None:
    asked, offered = ASKED[name], getattr(desk, name)
    assert shape(offered) == shape(asked)
    assert inspect.iscoroutinefunction(offered) == inspect.iscoroutinefunction(asked)
