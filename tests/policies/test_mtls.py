import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.policies.mtls import Mtls, compile_mtls
from crossway.protos import to_dict

SHOP = Ref("routes", "shop")


@pytest.mark.parametrize("settings", [True, {"ca": "partners"}, {"required": False}])
def test_what_cannot_be_meant(settings):
    with pytest.raises(ValidationError):
        Mtls.model_validate(settings)


def test_it_takes_tls():
    finding = compile_mtls(Mtls(), Site(SHOP, "default"))
    assert isinstance(finding, Finding)
    assert finding.code == "mtls.no_tls"


def test_it_is_left_to_the_last_filter_of_the_stage():
    fragment = compile_mtls(Mtls(), Site(SHOP, "default", secure=True))
    assert isinstance(fragment, Fragment)
    assert {name: to_dict(message) for name, message in fragment.per_route.items()} == {
        "authentication": {"filter_context": {"mtls": {"holds": True}}}
    }
