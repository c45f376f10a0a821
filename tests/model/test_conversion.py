import pytest
from pydantic import ValidationError

from crossway.model.conversion import CHARSETS, ChangeCharset, CsvToJson, JsonToXml, XmlToJson


def test_a_character_set_can_stand_alone_in_any_case():
    assert ChangeCharset.model_validate("UTF-8") == ChangeCharset(to="utf-8")
    assert all(name == name.lower() for name in CHARSETS)


@pytest.mark.parametrize("name", ["idna", "unicode_escape", "utf-7", "klingon", 8, None, ""])
def test_no_other_codec_of_python_is_a_character_set(name):
    with pytest.raises(ValidationError, match="is not known"):
        ChangeCharset.model_validate({"to": name})


@pytest.mark.parametrize("path", ["", "/order", "order/", "a//b", "a b", "x" * 2000])
def test_paths_of_elements(path):
    assert XmlToJson(arrays=("order", "s:order/*/item")).arrays
    with pytest.raises(ValidationError):
        XmlToJson(arrays=(path,))


def test_expanded_names_have_no_paths():
    with pytest.raises(ValidationError, match="not as expand does"):
        XmlToJson.model_validate({"arrays": ["a"], "namespaces": "expand"})


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "\r", ",,"])
def test_a_delimiter_is_one_character(delimiter):
    assert CsvToJson(delimiter="\t").delimiter == "\t"
    with pytest.raises(ValidationError):
        CsvToJson(delimiter=delimiter)


@pytest.mark.parametrize(
    "settings", [{"root": "a b"}, {"item": "1"}, {"root": ""}, {"content_type": "application/json"}]
)
def test_names_and_types_of_xml(settings):
    assert JsonToXml(root="s:a", content_type="application/soap+xml")
    with pytest.raises(ValidationError):
        JsonToXml.model_validate(settings)


@pytest.mark.parametrize("status", ["6xx", "2x", "20", 99, True, "all"])
def test_statuses(status):
    assert XmlToJson.model_validate({"on": [404, "5XX"]}).on == ("404", "5xx")
    with pytest.raises(ValidationError, match="a status is"):
        XmlToJson.model_validate({"on": [status]})
