from crossway.daemon.pipeline import Pipeline
from crossway.model import Ref, Secret, Spec
from crossway.simulation.effective import Held, Setting, defaults, effective
from simulation.simulated import SHOP, Locate, simulated


def held(pipeline: Pipeline, ref: Ref) -> dict[str, Held]:
    sites = effective(pipeline.ask, Locate(pipeline), ref)
    assert sites
    return {policy.name: policy for policy in sites[0].policies}


def written(policy: Held) -> list[tuple[str, object, str, str]]:
    return [(one.field, one.value, one.source, one.origin) for one in policy.settings if one.source != "default"]


def test_each_field_of_a_union_has_its_own_source():
    headers = held(simulated(), Ref("routes", "orders"))["headers"]
    assert (headers.attached, headers.applies, headers.stage) == ("routes.orders", "route", "transform")
    assert written(headers) == [
        ("request.set.x-region", "eu", "namespaces.default.policies.headers.request.set.x-region", "shop.yaml:3:52"),
        ("request.set.x-tenant", "{host}", "routes.orders.policies.headers.request.set.x-tenant", "shop.yaml:34:43"),
        ("request.remove[0]", "x-debug", "gateways.edge.policies.headers.request.remove[0]", "shop.yaml:11:51"),
    ]


def test_a_short_form_is_written_where_it_stands():
    retry = held(simulated(), Ref("routes", "orders"))["retry"]
    assert written(retry) == [("attempts", 3, "routes.orders.policies.retry.attempts", "shop.yaml:32:14")]
    defaults = {one.field: one.value for one in retry.settings if one.source == "default"}
    assert defaults["back_off.base"] == "25ms"


def test_a_gateway_has_a_site_for_each_listener_and_its_defaults():
    pipeline = simulated()
    sites = effective(pipeline.ask, Locate(pipeline), Ref("gateways", "edge"))
    assert sites is not None
    assert [site.where for site in sites] == ["listener http of edge", "listener plain of edge"]
    paths = next(policy for policy in sites[0].policies if policy.name == "paths")
    assert paths.attached == "default"
    assert Setting("merge_slashes", True, "default") in paths.settings


def test_services_and_namespaces():
    pipeline = simulated()
    assert written(held(pipeline, Ref("services", "orders"))["load_balancing"])[0][:2] == ("algorithm", "round_robin")
    assert written(held(pipeline, Ref("namespaces", "default"))["headers"])[0][:2] == ("request.set.x-region", "eu")


def test_no_such_resource():
    pipeline = simulated()
    assert effective(pipeline.ask, Locate(pipeline), Ref("routes", "none")) is None


def test_a_policy_that_cannot_be_read_says_why():
    pipeline = broken()
    retry = held(pipeline, Ref("routes", "orders"))["retry"]
    assert retry.broken
    assert retry.settings[0].origin.startswith("shop.yaml:32:")


def broken() -> Pipeline:
    return simulated(SHOP.replace("retry: 3", "retry: {attempts: many}"))


def test_plain_data():
    pipeline = simulated()
    sites = effective(pipeline.ask, Locate(pipeline), Ref("services", "orders"))
    assert sites is not None
    plain = sites[0].as_dict()
    assert plain["where"] == "services.orders"
    balancing = next(policy for policy in plain["policies"] if policy["policy"] == "load_balancing")
    assert balancing["settings"][0] == {
        "field": "algorithm",
        "value": "round_robin",
        "source": "services.orders.policies.load_balancing.algorithm",
        "origin": "shop.yaml:20:23",
    }


def test_a_secret_is_not_told():
    class Guarded(Spec):
        password: Secret = Secret("hunter2")

    assert [one.value for one in defaults(Guarded())] == ["[redacted]"]
