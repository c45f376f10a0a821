import pytest
from pydantic import ValidationError

from crossway.model import Mtls, Workload


def test_ports_are_numbers_however_they_are_written():
    assert Workload.model_validate({"ports": {"8080": "disabled"}}).ports == {8080: Mtls.DISABLED}


@pytest.mark.parametrize("settings", [{"mtls": "maybe"}, {"ports": {0: "strict"}}, {"label": {}}])
def test_what_cannot_be_meant(settings):
    with pytest.raises(ValidationError):
        Workload.model_validate(settings)
