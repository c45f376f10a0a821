import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a = " + "[" * 101 + "]" * 101, "a." * 101 + "b = 1"])
def test_toml_that_is_too_deep(text):
    assert placed(read(text, "c.toml")) == ["document.too_deep at "]


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


def row(name: str, text: str, line: int = 1, namespace: str = "default", kind: str = "routes") -> Document:
    return Document("c.toml", text, about=Ref(kind, name, namespace), line=line)


def test_a_document_about_one_resource_is_that_resource():
    loaded = Native(POLICIES).read(
        [
            row("a", "  a:\n    respond: {}\n", namespace="shop"),
            Document("d.yaml", "services:\n  one: http://127.0.0.1:1\n"),
            row("one", "  one: http://127.0.0.1:1\n", kind="services", namespace="shop"),
        ]
    )
    assert loaded.findings == ()
    assert set(loaded.resources) == {
        Ref("routes", "a", "shop"),
        Ref("services", "one"),
        Ref("services", "one", "shop"),
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (row("a", "    a:\n      respond: {}\n      nope: 1\n", line=40), "field.unknown at 42:7"),
        (row("a", "  a: {respond: {}, respond: {}}\n", line=40), "key.duplicate at 40:20"),
        (row("a", "  a:\n    respond: {\n", line=40), "yaml.syntax at 42:1"),
        (row("a", "  b: {respond: {}}\n", line=40), "document.shape at 40:1"),
        (row("a", "  a: {respond: {}}\n  b: {respond: {}}\n", line=40), "document.shape at 40:1"),
        (row("a", "", line=40), "document.shape at 40:1"),
        (row("a", "  a: {}\n---\n", line=40), "document.shape at 40:1"),
        (row("a", "  a: {}\n", line=40, kind="rutes"), "kind.unknown at 40:1"),
        (row("a", "  a: {respond: {}}\n", line=40, namespace="a b"), "name.invalid at 40:1"),
        (row("a b", "  a b: {respond: {}}\n", line=40), "name.invalid at 40:3"),
        (row("shop", "  shop:\n    routes: {}\n", line=40, kind="namespaces"), "field.unknown at 41:5"),
        (row("a", "  a: " + "[" * 200_000, line=40), "document.too_deep at 40:105"),
    ],
)
def test_what_is_wrong_with_it_is_said_where_it_stands_in_its_file(document, expected):
    loaded = Native(POLICIES).read([document])
    assert placed(loaded) == [expected]
    assert loaded.findings[0].about == document.about
    assert str(loaded.findings[0].origin).startswith("c.toml:")
    assert loaded.refused


def test_a_resource_that_came_alone_clashes_with_the_same_one_in_a_file():
    documents = [Document("d.yaml", "routes:\n  a: {respond: {}}\n"), row("a", "  a: {to: x}\n", line=40)]
    (finding,) = Native(POLICIES).read(documents).findings
    assert (finding.code, str(finding.origin)) == ("name.duplicate", "c.toml:40:3")
    assert "d.yaml:2:3" in finding.message


def test_what_the_plan_says_finds_its_place_in_the_file_of_a_resource_that_came_alone():
    loaded = Native(POLICIES).read([row("a", "  a:\n    to: x\n", line=40), row("b", "  b: {to: y}\n", line=50)])
    finding = Finding("reference.dangling", "x", about=Ref("routes", "a"), path=("to",))
    assert str(loaded.locate([finding])[0].origin) == "c.toml:41:9"


def test_only_what_came_and_went_is_a_difference():
    documents = [row(f"r{number}", f"  r{number}: {{respond: {{}}}}\n") for number in range(5)]
    reader = Native(POLICIES)
    before = reader.read(documents)
    documents[1] = row("r1", "  r1: {respond: {body: x}}\n")
    documents[2] = row("new", "  new: {respond: {}}\n")
    after = reader.read(documents)
    changes = reader.difference(before, after)
    assert changes == {
        Ref("routes", "r1"): after.resources[Ref("routes", "r1")],
        Ref("routes", "r2"): None,
        Ref("routes", "new"): after.resources[Ref("routes", "new")],
    }
    assert reader.difference(after, before) is None


LINES = [
    "{respond: {}}",
    "{respond: {body: x}}",
    "{respond: {}, nope: 1}",
    "{to: a, policies: {no: {}}}",
    "{",
    "&a {to: x}",
]
steps = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "row a", "row b", "row c", "row a again"]),
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(LINES)), max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(steps, st.randoms(use_true_random=False))
def test_whatever_comes_and_goes_a_reader_says_what_a_new_one_says(steps, chance):
    reader = Native(POLICIES)
    documents: dict[str, Document] = {}
    last = reader.read([])
    for slot, entries in steps:
        documents.pop(slot, None)
        if entries and slot.startswith("row"):
            documents[slot] = row(slot[4], f"  {slot[4]}: {entries[0][1]}\n", line=len(entries))
        elif entries:
            lines = "".join(f"  {name}: {text}\n" for name, text in entries)
            documents[slot] = Document(f"{slot}.yaml", f"services:\n  s: http://a.test\nroutes:\n{lines}")
        given_ = list(documents.values())
        chance.shuffle(given_)
        loaded, fresh = reader.read(given_), Native(POLICIES).read(given_)
        assert (dict(loaded.resources), loaded.findings) == (dict(fresh.resources), fresh.findings)
        changes = reader.difference(last, loaded)
        if changes is not None:
            merged = {**last.resources, **changes}
            assert {ref: part for ref, part in merged.items() if part is not None} == dict(loaded.resources)
        last = loaded


def test_a_path_begins_at_the_document_that_says_it():
    alone = Document("conf/rows/app.py", "  c:\n    ca: a\n", Ref("certificates", "c"))
    loaded = read_whole("certificates: {a: {ca: ca.pem}}", "conf/a.yaml")
    ref = Ref("certificates", "a")
    assert loaded.beside(ref, "ca.pem") == "conf/ca.pem"
    assert loaded.beside(ref, "../ca.pem") == "conf/../ca.pem"
    assert loaded.beside(ref, "/ca.pem") == "/ca.pem"
    assert Native(POLICIES).read([alone]).beside(Ref("certificates", "c"), "ca.pem") == "conf/rows/ca.pem"
