from crossway.model import Ref
from crossway.simulation.effect import Share
from crossway.simulation.target import Target, ref_of, target
from simulation.simulated import SHOP, simulated


def test_how_an_endpoint_is_chosen():
    assert simulated().ask(target, Ref("services", "orders"), 90.0, None) == Target(
        service="orders",
        percent=90.0,
        subset=None,
        algorithm="round robin",
        endpoints=3,
        priorities={0: 2, 1: 1},
        zones={"": 1, "a": 1, "b": 1},
        notes=("health check: http /healthz every 5s", "endpoints have weights"),
        findings=(),
    )


def test_a_subset_has_fewer():
    found = simulated().ask(target, Ref("services", "orders"), 90.0, "v2")
    assert found is not None
    assert (found.endpoints, found.zones) == (1, {"a": 1})


def test_a_service_of_which_something_is_wrong_has_none():
    text = SHOP.replace("next: http://127.0.0.1:9009", "next: {endpoints: ['127.0.0.1:1'], tls: {ca: none}}")
    found = simulated(text).ask(target, Ref("services", "next"), 100.0, None)
    assert found is not None
    assert (found.endpoints, found.findings) == (0, ("reference.dangling",))


def test_names_are_resolved():
    text = "services: {s: http://backend.test}"
    found = simulated(text).ask(target, Ref("services", "s"), 100.0, None)
    assert found is not None
    assert (found.algorithm, found.notes) == ("least request", ("DNS: every address of each name",))


def test_no_such_service():
    assert simulated().ask(target, Ref("services", "none"), 100.0, None) is None
    assert ref_of(Share("team/orders", 100.0)) == Ref("services", "orders", "team")
