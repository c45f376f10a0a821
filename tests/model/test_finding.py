import pytest

from crossway.model import Finding, Origin, Ref, Severity, errors

ROUTE = Ref("routes", "a")


def test_a_finding_as_a_line():
    finding = Finding("x.y", "it is wrong", about=ROUTE, path=("to", 0, "service"), expected="a name", hint="mend it")
    assert str(finding) == "error: routes.a.to[0].service: it is wrong (expected a name); mend it [x.y]"
    assert str(finding.at(Origin("c.yaml", 3, 7))).startswith("c.yaml:3:7: error: ")
    assert str(Finding("x.y", "it is wrong")) == "error: it is wrong [x.y]"


def test_a_finding_as_data():
    data = Finding("x.y", "m", Severity.WARNING, about=Ref("routes", "a", "shop")).at(Origin("c.yaml")).as_dict()
    assert data == {
        "code": "x.y",
        "severity": "warning",
        "message": "m",
        "resource": "routes.shop/a",
        "path": "routes.shop/a",
        "expected": None,
        "hint": None,
        "file": "c.yaml",
        "line": None,
        "column": None,
    }


@pytest.mark.parametrize(("path", "field"), [((), ""), (("a",), "a"), (("a", 1, "b"), "a[1].b"), ((0,), "[0]")])
def test_the_path_of_a_field(path, field):
    assert Finding("x.y", "m", path=path).field == field


def test_a_place():
    assert str(Origin("c.yaml")) == "c.yaml"
    assert str(Origin("c.yaml", 1, 2)) == "c.yaml:1:2"


def test_errors_are_not_warnings():
    error, warning = Finding("x.y", "m"), Finding("x.y", "m", Severity.WARNING)
    assert errors([warning, error]) == (error,)
