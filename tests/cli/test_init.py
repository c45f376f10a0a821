import json

from jsonschema import Draft202012Validator

from crossway.dialects.native.values import parse_yaml


def test_the_file_is_a_good_configuration_with_its_schema(crossway, tmp_path):
    file = tmp_path / "crossway.yaml"
    outcome = crossway("init", file)
    assert (outcome.status, outcome.out) == (0, "")
    assert f"crossway run {file}" in outcome.err
    assert crossway("check", file).out.startswith("nothing is wrong")
    named = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    (document,) = parse_yaml(file.read_text())
    Draft202012Validator(json.loads((tmp_path / named).read_text())).validate(document)


def test_what_is_commented_out_is_good_too(crossway, tmp_path):
    file = tmp_path / "crossway.yaml"
    crossway("init", file)
    for line in ("      # https:", "  # orders:", "  #   hostnames", "  #   matches", "  #   to:"):
        assert line in file.read_text()
        file.write_text(file.read_text().replace(line, line.replace("# ", "", 1)))
    found = json.loads(crossway("check", file, "--format", "json").out)
    assert {item["code"] for item in found} == {"reference.dangling", "listener.no_certificate"}, found


def test_it_overwrites_only_when_told(crossway, tmp_path):
    file = tmp_path / "crossway.yaml"
    file.write_text("mine\n")
    outcome = crossway("init", file)
    assert (outcome.status, file.read_text()) == (2, "mine\n")
    assert "--force" in outcome.err
    assert crossway("init", file, "--force").status == 0
    assert file.read_text() != "mine\n"


def test_a_directory_that_is_not_there(crossway, tmp_path):
    file = tmp_path / "new" / "crossway.yaml"
    assert crossway("init", file).status == 0
    assert file.exists()
