import pytest

from crossway.daemon.offline import open_configuration
from crossway.model import errors

CONFIG = """\
gateways: {edge: {listeners: {http: 8080}}, inner: {listeners: {http: 8081}}}
services: {echo: "http://127.0.0.1:9001"}
routes: {echo: {gateways: [edge], to: echo}}
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "crossway.yaml"


def codes(path) -> list[str]:
    return [finding.code for finding in open_configuration(path).findings]


def test_a_good_configuration_is_what_a_proxy_would_be_given(file):
    file.write_text(CONFIG)
    opened = open_configuration(file)
    assert errors(opened.findings) == ()
    assert len(opened.snapshot("edge")) < len(opened.snapshot())
    assert len(opened.snapshot("edge,inner")) == len(opened.snapshot())
    assert len(opened.snapshot("nowhere")) == 0


def test_what_cannot_be_read_is_a_finding_and_no_exception(tmp_path):
    assert codes(tmp_path / "none") == ["file.missing"]
    assert codes(tmp_path) == ["file.empty"]


def test_a_service_that_is_wrong_leaves_no_route_dangling(file):
    file.write_text(CONFIG.replace("http://127.0.0.1:9001", "nonsense"))
    assert codes(file) == ["field.invalid"]
