import pytest
from pydantic import ValidationError

from crossway.model.rpc import Binding, Connect, Grpc, GrpcPlan, HttpRule, RestCall


@pytest.mark.parametrize(
    "rule", [{}, {"get": "/a", "put": "/a"}, {"get": "a"}, {"get": "/a b"}, {"post": "/", "body": "a.b"}]
)
def test_a_rule_has_one_path(rule: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        HttpRule.model_validate(rule)


@pytest.mark.parametrize("verb", ["get", "put", "post", "delete", "patch"])
def test_a_rule_is_a_call(verb: str) -> None:
    assert HttpRule.model_validate({verb: "/a"}).call == (verb.upper(), "/a")


def test_sizes_have_bounds() -> None:
    for spec in (Connect, Grpc):
        with pytest.raises(ValidationError):
            spec.model_validate({"definition": "a", "max_size": "65MiB"})


def test_a_plan_survives_the_way_to_the_runtime() -> None:
    path = ("/v1/", Binding(field="id", pattern=".+"), ":cancel")
    calls = {"/a.B/C": RestCall(verb="POST", path=path, body="*")}
    plan = GrpcPlan(descriptors="", calls=calls, proto_names=False, emit_defaults=True, max_size=1)
    assert GrpcPlan.model_validate_json(plan.model_dump_json(exclude_unset=True)) == plan
