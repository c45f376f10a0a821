import json
import shutil
import stat
from pathlib import Path

import pytest

from crossway.daemon.offline import open_configuration
from crossway.model import Namespace, Ref

MIXED = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {a: b}}
spec:
  ports: [{port: 80}, {port: 81, appProtocol: kubernetes.io/h2c}]
---
gateways:
  edge: {listeners: {http: 8080}}
routes:
  all: {to: shop/web_80}
consumers:
  ada: {credentials: {api_key: [{key: not-for-everybody}]}}
"""
WRONG = MIXED.replace("{port: 80}", "{port: 80, colour: red}")


@pytest.fixture
def mixed(tmp_path):
    file = tmp_path / "mixed.yaml"
    file.write_text(MIXED)
    return file


def test_what_is_written_says_the_same(crossway, mixed, tmp_path):
    written = tmp_path / "native.yaml"
    assert crossway("convert", mixed, "-o", written).status == 0
    one, other = (open_configuration(file).pipeline.loaded for file in (mixed, written))
    assert other.findings == ()
    assert {**one.resources, Ref("namespaces", "shop"): Namespace()} == other.resources
    assert Ref("services", "web_81", "shop") in other.resources
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_keys_are_printed_for_nobody(crossway, mixed):
    outcome = crossway("convert", mixed)
    assert "not-for-everybody" not in outcome.out + outcome.err
    assert "[redacted]" in outcome.out


def test_each_object_that_lost_a_field_is_told(crossway, mixed):
    told = crossway("convert", mixed).err
    assert "Service shop/web: 7 mapped, 1 ignored" in told
    assert "1 objects: 7 fields mapped, 1 ignored, 0 refused" in told


def test_nothing_is_written_that_lost_what_it_should_do(crossway, tmp_path):
    wrong, written = tmp_path / "wrong.yaml", tmp_path / "native.yaml"
    wrong.write_text(WRONG)
    outcome = crossway("convert", wrong, "-o", written)
    assert outcome.status == 1
    assert "--lossy" in outcome.err
    assert not written.exists()
    assert crossway("convert", wrong, "-o", written, "--lossy").status == 1
    service = open_configuration(written).pipeline.loaded.resources[Ref("services", "web_80", "shop")]
    assert service.endpoints == ()


def test_the_report_is_data_too(crossway, tmp_path):
    wrong, report = tmp_path / "wrong.yaml", tmp_path / "report.json"
    wrong.write_text(WRONG)
    crossway("convert", wrong, "--report", report)
    (told,) = json.loads(report.read_text())["objects"]
    assert (told["kind"], told["name"], told["line"]) == ("/Service", "web", 1)
    assert told["closed"] == ["services.shop/web_80"]
    assert told["refused"] == [{"path": "spec.ports[0].colour", "reason": "unknown key 'colour'"}]


def test_only_what_was_asked_for_is_read(crossway, mixed):
    assert crossway("convert", mixed, "--from", "kubernetes").status == 0
    outcome = crossway("convert", mixed, "--from", "klingon")
    assert outcome.status == 2
    assert "kubernetes" in outcome.err


EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/crossway.yaml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_comes_back_from_gateway_api(crossway, example, tmp_path):
    shutil.copytree(example.parent, tmp_path, dirs_exist_ok=True)  # of which there are files that it names
    written, back = tmp_path / "written.yaml", tmp_path / "back.yaml"
    assert crossway("convert", example, "--to", "gateway_api", "-o", written).status == 0
    assert crossway("convert", written, "-o", back).status == 0
    one, other = (open_configuration(file).pipeline for file in (tmp_path / example.name, back))
    assert one.resources() == other.resources()
    assert one.routes() == other.routes()
    assert one.loaded.resources.keys() == other.loaded.resources.keys()


def test_keys_are_written_for_nobody_in_any_language(crossway, mixed):
    outcome = crossway("convert", mixed, "--to", "gateway_api")
    assert "not-for-everybody" not in outcome.out + outcome.err
    assert "[redacted]" in outcome.out


def test_only_languages_that_can_be_written_are_written(crossway, mixed):
    assert crossway("convert", mixed, "--to", "kubernetes").status == 2


def test_a_file_that_is_not_there_is_said(crossway, tmp_path):
    assert "file.missing" in crossway("convert", tmp_path / "none.yaml").err


def test_a_place_that_cannot_be_written_is_said(crossway, mixed, tmp_path):
    assert crossway("convert", mixed, "-o", tmp_path / "none" / "x.yaml").status == 2
