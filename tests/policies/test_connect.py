from pathlib import Path

import msgspec

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Finding, Ref
from crossway.model.rpc import Connect, ConnectPlan
from crossway.policies.connect import compile_connect

SHOP = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()


def compiled(content: bytes = SHOP, **settings: object) -> Fragment | Finding:
    site = Site(
        Ref("routes", "shop"), "default", http2=True, definitions={Ref("definitions", "shop"): Defined(content)}
    )
    return compile_connect(Connect.model_validate({"definition": "shop", **settings}), site)


def test_all_services_can_be_called_unless_some_are_named() -> None:
    for settings in ({}, {"services": ["shop.v1.Orders"]}):
        found = compiled(**settings)
        assert isinstance(found, Fragment)
        plan = ConnectPlan.model_validate_json(bytes(msgspec.json.encode(found.steps[0].settings)))
        assert plan.services == ("shop.v1.Orders",)


def test_a_definition_without_services_is_told() -> None:
    found = compiled(b"")
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("connect.unknown_service", ("definition",))
