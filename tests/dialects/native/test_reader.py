import pytest

from crossway.dialects.native import Native
from crossway.model import Broken, Certificate, Document, Finding, Ref, Route, Secret, Service
from dialects.native.reading import POLICIES, placed, read, read_whole, same

TOML = """\
[gateways.edge.listeners]
http = 8080

[services]
one = "http://127.0.0.1:1"

[routes.a]
to = "one"
matches = [{path = "/a/*"}]

[namespaces.shop.routes.b]
respond = {body = "x"}
"""
YAML = """\
gateways:
  edge:
    listeners:
      http: 8080
services:
  one: "http://127.0.0.1:1"
routes:
  a:
    to: one
    matches: [{path: "/a/*"}]
namespaces:
  shop:
    routes:
      b: {respond: {body: x}}
"""


def test_toml_and_yaml_say_the_same():
    one, other = read(TOML, "c.toml"), read(YAML)
    assert dict(one.resources) == dict(other.resources)
    assert one.findings == other.findings == ()
    assert Ref("routes", "b", "shop") in one.resources


def test_toml_that_is_none():
    assert placed(read("[routes.a\n", "c.toml")) == ["toml.syntax at 1:10"]
    assert placed(read("a = 1\na = 2\n", "c.toml")) == ["toml.syntax at 2:6"]
    assert placed(read("routes = 5\nservice = {}\n", "c.toml")) == ["document.shape at 1:1", "kind.unknown at 2:1"]


def test_findings_in_toml_stand_where_their_lines_do():
    text = TOML.replace('to = "one"', 'to = "one"\nnope = 1')
    assert placed(read(text, "c.toml")) == ["field.unknown at 9:1"]


@pytest.mark.parametrize("name", ["a b", "a/b", "-a", "a-", "ä", "", "a:b"])
def test_a_name_that_is_none(name):
    loaded = read(f"routes:\n  {name!r}: {{respond: {{}}}}\n")
    assert placed(loaded) == ["name.invalid at 2:3"]
    assert loaded.refused


def test_names_that_are_short_and_long():
    text = "".join(f"  {name}: {{respond: {{}}}}\n" for name in ("a", "7", "a.b-c_d", "x" * 200))
    assert read("routes:\n" + text).findings == ()


def test_one_name_in_two_documents_is_said_with_both_places():
    documents = [
        Document("one.yaml", "routes:\n  a: {respond: {}}\n"),
        Document("two.yaml", "\nroutes: {a: {to: x}}\n"),
    ]
    loaded = Native(POLICIES).read(documents)
    (finding,) = loaded.findings
    assert (finding.code, str(finding.origin)) == ("name.duplicate", "two.yaml:2:10")
    assert "one.yaml:2:3" in finding.message
    assert loaded.resources[Ref("routes", "a")].respond is not None
    assert loaded.refused


def test_one_name_in_two_kinds_or_two_namespaces_is_no_matter():
    text = (
        "services:\n  a: http://a.test\nroutes:\n  a: {to: a}\nnamespaces:\n  shop:\n    routes: {a: {respond: {}}}\n"
    )
    assert read(text).findings == ()


def test_every_mistake_is_said_at_once():
    text = "routes:\n  a: {to: x, respond: {}, nope: 1, matches: [{path: y}], policies: {no: {}, retry: {often: 1}}}\n"
    assert sorted(code.split(" ")[0] for code in placed(read(text))) == [
        "field.invalid",
        "field.unknown",
        "field.unknown",
        "policy.unknown",
    ]


def test_a_broken_policy_closes_its_route_and_refuses_nothing():
    loaded = read("routes:\n  a: {respond: {}, policies: {retry: {often: 1}}}\n")
    assert not loaded.refused
    route = loaded.resources[Ref("routes", "a")]
    assert isinstance(route, Route)
    assert isinstance(route.policies["retry"], Broken)
    assert [finding.field for finding in loaded.findings] == ["routes.a.policies.retry.often"]


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a: {endpoints: ['127.0.0.1:1'], policies: {retry: {often: 1}}}\n",
        "gateways:\n  a: {listeners: {b: {port: 80, policies: {no: {}}}}}\n",
        "namespaces:\n  a: {policies: {no: {}}}\n",
        "routes:\n  a: {nope: 1, respond: {}}\n",
    ],
)
def test_any_other_mistake_refuses_all(text):
    assert read(text).refused


def test_an_entry_whose_text_stayed_is_the_same_object():
    reader = Native(POLICIES)
    before = reader.read([Document("c.yaml", "routes:\n  a: {respond: {}}\n  b: {respond: {}}\n")])
    after = reader.read([Document("c.yaml", "# new\nroutes:\n  b: {respond: {}}\n  a: {respond: {body: x}}\n")])
    b = Ref("routes", "b")
    assert after.resources[b] is before.resources[b]
    assert after.resources[Ref("routes", "a")].respond.body == "x"


def test_what_the_plan_says_finds_its_place_in_the_text():
    loaded = read(YAML)
    finding = Finding("reference.dangling", "x", about=Ref("routes", "a"), path=("to", 0, "service"))
    stranger = Finding("x.y", "z", about=Ref("routes", "nobody"))
    assert [str(item.origin) for item in loaded.locate([finding, stranger])] == ["c.yaml:9:9", "None"]


def test_a_secret_is_nowhere_to_be_seen():
    text = "certificates:\n  web:\n    certificate: web.pem\n    key: hunter2\n    nope: 1\n"
    for loaded in (read(text), read_whole(text), read(text.replace("    nope: 1\n", ""))):
        assert "hunter2" not in repr(loaded)
        assert "hunter2" not in str(loaded)
        assert not any("hunter2" in str(finding) for finding in loaded.findings)
    found = read(text.replace("    nope: 1\n", "")).resources[Ref("certificates", "web")]
    assert isinstance(found, Certificate)
    assert found.key == Secret("hunter2")


@pytest.mark.parametrize("key", ["[hunter2]", "{a: hunter2}", "!!str ''"])
def test_a_secret_of_the_wrong_type_is_not_repeated(key):
    loaded = read(f"certificates: {{web: {{certificate: x, key: {key}}}}}\n")
    assert [finding.code for finding in loaded.findings] == ["field.invalid"]
    assert "hunter2" not in str(loaded.findings)


def test_a_short_form_stands_for_the_long_one():
    loaded = read(
        "services:\n  a: http://127.0.0.1:1\n  b: {endpoints: ['127.0.0.1:1']}\n  c: {endpoints: '127.0.0.1:1'}\n"
    )
    a, b, c = (loaded.resources[Ref("services", name)] for name in "abc")
    assert isinstance(a, Service)
    assert a == b == c


def test_numbers_in_names_are_the_text_that_stands_there():
    text = "routes:\n  017: {respond: {}}\n  1.50: {respond: {}}\n  0x1F: {respond: {}}\n"
    assert {ref.name for ref in read(text).resources} == {"017", "1.50", "0x1F"}
    assert same(read(text), read_whole(text))
