import pytest
from pydantic import ValidationError

from crossway.model.waf import Beyond, Exclusion, Inspection, Level, Mode, Waf


def test_a_level_is_all_that_has_to_be_said():
    assert Waf.model_validate("crs") == Waf(level=Level.CRS)
    assert (Waf().level, Waf().mode, Waf().beyond) == (Level.BASIC, Mode.BLOCK, Beyond.REJECT)


def test_one_exclusion_needs_no_list():
    spec = Waf.model_validate({"exclude": {"parameters": ["note"], "headers": ["x-a"], "cookies": ["b"]}})
    assert spec.exclude[0].targets == ("ARGS:note", "ARGS:json.note", "REQUEST_HEADERS:x-a", "REQUEST_COOKIES:b")


@pytest.mark.parametrize(
    "settings",
    [
        "paranoid",
        {"paranoia": 2},
        {"level": "crs", "paranoia": 5},
        {"methods": ["GET"]},
        {"rules_directory": "/srv/rules"},
        {"level": "crs", "rules_directory": "rules"},
        {"level": "crs", "rules_directory": "/srv/../etc"},
        {"level": "crs", "rules_directory": "/srv/$(id)"},
        {"level": "crs", "methods": ["GET POST"]},
        {"level": "crs", "content_types": ["text/csv|"]},
        {"exclude": [{}]},
        {"exclude": {"parameters": ['a" "id:1']}},
        {"exclude": {"tags": ["a b"]}},
        {"exclude": {"rules": ["942199-942100"]}},
        {"exclude": {"rules": ["942100-942199"], "parameters": ["a"]}},
        {"max_body": "17MiB"},
        {"max_body": 0},
        {"beyond": "truncate"},
    ],
)
def test_what_makes_no_sense_is_refused(settings):
    with pytest.raises(ValidationError):
        Waf.model_validate(settings)


def test_an_exclusion_of_whole_rules_has_no_targets():
    assert Exclusion.model_validate({"rules": [942100, "942000-942999"], "tags": ["attack-sqli"]}).targets == ()


def test_what_the_runtime_is_told_comes_back():
    inspection = Inspection(rules="SecRuleEngine On", mode=Mode.DETECT, max_body=1024, shown=1025)
    assert Inspection.model_validate_json(inspection.model_dump_json(exclude_unset=True)) == inspection
