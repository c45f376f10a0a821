import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.fault import Fault, compile_fault
from crossway.protos import to_dict


@pytest.mark.parametrize(
    ("written", "compiled"),
    [
        ("on", {"string_match": {"exact": "on"}}),
        ({"prefix": "a"}, {"string_match": {"prefix": "a"}}),
        ({"suffix": "a"}, {"string_match": {"suffix": "a"}}),
        ({"contains": "a"}, {"string_match": {"contains": "a"}}),
        ({"regex": "a+"}, {"string_match": {"safe_regex": {"regex": "a+"}}}),
        ({"present": True}, {"present_match": True}),
        ({"absent": True}, {"present_match": True, "invert_match": True}),
    ],
)
def test_conditions_on_headers(written, compiled):
    spec = Fault.model_validate({"abort": 503, "headers": {"X-Chaos": written}})
    fragment = compile_fault(spec, Site(Ref("routes", "shop"), "default"))
    assert isinstance(fragment, Fragment)
    assert to_dict(fragment.per_route["fault"])["headers"] == [{"name": "x-chaos", **compiled}]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"headers": {"x-chaos": "on"}},
        {"delay": "0s"},
        {"delay": "500us"},
        {"delay": {"duration": "1s", "percentage": "0.00001%"}},
        {"abort": 200},
        {"abort": {"status": 503, "grpc_status": 14}},
        {"abort": {"percentage": 10}},
        {"abort": {"grpc_status": 0}},
        {"abort": {"grpc_status": 17}},
        {"abort": 503, "max_active": 0},
        {"abort": {"status": 503, "percentage": 101}},
    ],
)
def test_faults_that_never_happen_are_refused(settings):
    with pytest.raises(ValueError):
        Fault.model_validate(settings)
