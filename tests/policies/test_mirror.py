import pytest

from crossway.model import Ref, named_resources
from crossway.policies.mirror import Mirror


@pytest.mark.parametrize("settings", ["v2", {"to": "v2"}, ["v2"], [{"to": "v2", "percent": 100}]])
def test_every_form_names_the_service(settings):
    mirror = Mirror.model_validate(settings)
    assert mirror.model_dump() == Mirror.model_validate({"copies": [{"to": "v2", "percent": "100%"}]}).model_dump()
    assert list(named_resources(mirror, "shop")) == [(("copies", 0, "to"), Ref("services", "v2", "shop"))]
