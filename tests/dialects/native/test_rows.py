"""Rows: documents cut into resources, and the documents of these, say the same."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.dialects.native import Native
from crossway.dialects.native.rows import document, render, split, value
from crossway.dialects.native.values import TextError
from crossway.model import Document, Origin, Ref
from crossway.model.revision import Row
from dialects.native.reading import POLICIES, said

CUT = """\
# what comes in
gateways:
  edge: {listeners: {http: 8080}}
routes:
  # the first
  a:
    respond: {}   # nothing much

  b: {respond: {body: x}}
"""
TOML = """\
# a comment
[services]
one = "http://127.0.0.1:1"

[routes.a]
to = "one"
  [[routes.a.matches]]
  path = "/a"

[namespaces.shop.routes.b]
respond = {body = '''
x
y'''}
"""
NAMESPACES = """\
namespaces:
  shop:
    policies: {timeout: {request: 1s}}
    routes:
      a: {respond: {}}
  empty:
services:
  one: http://127.0.0.1:1
"""


def texts(rows: tuple[Row, ...]) -> dict[str, str]:
    return {str(row.ref): row.text for row in rows}


def places(rows: tuple[Row, ...]) -> dict[str, str]:
    return {str(row.ref): str(row.origin) for row in rows}


def test_where_the_layout_allows_it_the_text_is_the_one_that_stands_there():
    rows, findings = split([Document("c.yaml", CUT)])
    assert findings == ()
    assert texts(rows) == {
        "gateways.edge": "  edge: {listeners: {http: 8080}}\n",
        "routes.a": "  a:\n    respond: {}   # nothing much\n\n",
        "routes.b": "  b: {respond: {body: x}}\n",
    }
    assert places(rows) == {"gateways.edge": "c.yaml:3:3", "routes.a": "c.yaml:6:3", "routes.b": "c.yaml:9:3"}


def test_toml_is_written_anew():
    rows, findings = split([Document("c.toml", TOML)])
    assert findings == ()
    assert texts(rows) == {
        "services.one": "  one: http://127.0.0.1:1\n",
        "routes.a": "  a:\n    to: one\n    matches:\n      - path: /a\n",
        "namespaces.shop": "  shop: {}\n",
        "routes.shop/b": "  b:\n    respond:\n      body: |-\n        x\n        y\n",
    }
    assert places(rows) == {
        "services.one": "c.toml:3:1",
        "routes.a": "c.toml:5:1",
        "namespaces.shop": "c.toml:10:1",
        "routes.shop/b": "c.toml:10:1",
    }


def test_namespaces_are_taken_apart():
    rows, _ = split([Document("c.yaml", NAMESPACES)])
    assert places(rows) == {
        "namespaces.shop": "c.yaml:2:3",
        "routes.shop/a": "c.yaml:5:7",
        "namespaces.empty": "c.yaml:6:3",
        "services.one": "c.yaml:8:3",
    }
    assert texts(rows)["namespaces.shop"] == "  shop:\n    policies:\n      timeout:\n        request: 1s\n"
    assert texts(rows)["namespaces.empty"] == "  empty: null\n"


def test_an_anchor_is_followed():
    (a, b), _ = split([Document("c.yaml", "routes:\n  a: &a {respond: {body: x}}\n  b: {<<: *a, priority: 1}\n")])
    assert b.text == "  b:\n    respond:\n      body: x\n    priority: 1\n"
    assert value(a) == {"respond": {"body": "x"}}


@pytest.mark.parametrize("text", [CUT, NAMESPACES])
def test_what_did_not_change_keeps_its_version(text):
    before, _ = split([Document("c.yaml", text)])
    after, _ = split([Document("c.yaml", "# another line\n" + text)], {row.ref: row for row in before})
    assert [row.etag for row in after] == [row.etag for row in before]
    assert all(new.origin.line == old.origin.line + 1 for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "routes:\n  a: {respond: {}\n",
        "routes:\n  - a\n",
        "rutes:\n  a: {}\n",
        "routes:\n  a: {respond: {}}\n  a: {to: x}\n",
        "routes:\n  a: {respond: {}}\n---\nroutes:\n  a: {to: x}\n",
        "routes:\n  a: " + "[" * 200_000,
        "- a\n",
    ],
)
def test_what_keeps_a_text_from_being_rows_is_said_as_by_the_reader(text):
    documents = [Document("c.yaml", text)]
    _, findings = split(documents)
    assert [(item.code, str(item.origin)) for item in findings] == [
        (item.code, str(item.origin)) for item in said(Native(POLICIES).read(documents)) if item.code != "field.missing"
    ]


def test_a_name_in_two_documents_is_said_with_both_places():
    _, (finding,) = split([Document("one.yaml", CUT), Document("two.yaml", "routes: {a: {to: x}}\n")])
    assert (finding.code, str(finding.origin)) == ("name.duplicate", "two.yaml:1:10")
    assert "one.yaml:6:3" in finding.message


def test_what_is_known_is_not_looked_into():
    text = "routes:\n  a: {respond: {}}\n  b: {respond: {}}\n"
    rows, _ = split([Document("c.yaml", text)])
    known = {row.ref: row for row in rows}
    again, _ = split([Document("c.yaml", text + "  c: {respond: {}}\n")], known)
    assert again[:2] == rows
    assert again[2].text == "  c: {respond: {}}\n"


def test_a_resource_that_came_alone_stays_as_it_is():
    ref = Ref("routes", "a", "shop")
    rows, findings = split([Document("c.yaml", "    a: {respond: {}} # x", about=ref, line=7)])
    assert (rows, findings) == ((Row(ref, "    a: {respond: {}} # x", Origin("c.yaml", 7, 5)),), ())
    _, (finding,) = split([Document("c.yaml", "  b: {}", about=ref, line=7)])
    assert (finding.code, str(finding.origin)) == ("document.shape", "c.yaml:7:1")


def test_the_text_of_data_and_the_data_of_a_text():
    ref, data = Ref("routes", "017"), {"to": "on", "matches": [{"path": "/a"}], "priority": 1, "x": None}
    text = render(ref, data)
    assert text.startswith('  "017":\n    to: "on"\n')
    assert value(Row(ref, text, Origin("routes.017"))) == data


def test_a_text_that_is_not_of_its_resource_has_no_value():
    with pytest.raises(TextError):
        value(Row(Ref("routes", "a"), "  b: {}\n", Origin("c.yaml", 1)))


def test_a_row_without_a_file_begins_in_its_first_line():
    one = document(Row(Ref("routes", "a"), "  a: {nope: 1, respond: {}}\n", Origin("routes.a")))
    (finding,) = Native(POLICIES).read([one]).findings
    assert str(finding.origin) == "routes.a:1:7"


SHARED = {"timeout": {"request": "1s"}}
SETTINGS: list[tuple[str, Any]] = [
    ("routes", {"respond": {"body": "x\n\n y\n"}}),
    ("routes", {"to": "a", "matches": [{"path": "/a/*", "headers": {"x": "1"}}, {"path": "/b"}], "policies": SHARED}),
    ("routes", {"to": [{"service": "a", "weight": 1}, {"service": "b"}], "policies": {"retry": {"attempts": 2}}}),
    ("routes", {"respond": {"body": "on: #\t'"}, "hostnames": ["*.example.org"], "policies": SHARED}),
    ("services", "http://127.0.0.1:1"),
    ("services", {"endpoints": ["127.0.0.1:1"], "policies": SHARED}),
    ("certificates", {"certificate": "web.pem", "key": "web.key"}),
    ("gateways", {"listeners": {"http": 8080, "tls": {"port": 8443, "tls": {"certificates": ["a"]}}}}),
]
names = st.sampled_from(["a", "b", "on", "7", "x.y", "0x1F"])
entries = st.lists(st.tuples(st.sampled_from(["", "", "shop"]), names, st.sampled_from(SETTINGS)), max_size=5)


def tree(found: list[tuple[str, str, tuple[str, Any]]]) -> dict[str, Any]:
    """Return what a document with these entries says; those in a namespace come last."""
    sections: dict[str, Any] = {}
    for namespace, name, (kind, value_) in sorted(found, key=lambda item: item[0]):
        here = sections.setdefault("namespaces", {}).setdefault(namespace, {}) if namespace else sections
        here.setdefault(kind, {})[name] = value_
    return sections


def toml(value_: Any) -> str:
    if isinstance(value_, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value_.items()) + "}"
    return "[" + ", ".join(map(toml, value_)) + "]" if isinstance(value_, list) else json.dumps(value_)


WRITERS = {
    "block.yaml": lambda said_: yaml.safe_dump(json.loads(json.dumps(said_)), sort_keys=False),
    "anchors.yaml": lambda said_: yaml.safe_dump(said_, sort_keys=False),
    "flow.yaml": json.dumps,
    "comments.yaml": lambda said_: yaml.safe_dump(json.loads(json.dumps(said_)), sort_keys=False).replace(
        ":\n", ": # x\n\n# y\n"
    ),
    "inline.toml": lambda said_: "".join(f"{kind} = {toml(section)}\n" for kind, section in said_.items()),
}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(one=entries, other=entries, writer=st.sampled_from(list(WRITERS)), second=st.sampled_from(list(WRITERS)))
def test_rows_say_what_their_documents_say(one, other, writer, second):
    documents = [Document(writer, WRITERS[writer](tree(one))), Document("b." + second, WRITERS[second](tree(other)))]
    whole = Native(POLICIES).read(documents)
    rows, findings = split(documents)
    assert [item.code for item in findings] == [item.code for item in whole.findings]
    if not findings:
        loaded = Native(POLICIES).read(document(row) for row in rows)
        assert loaded.findings == ()
        assert dict(loaded.resources) == dict(whole.resources)
        again, _ = split(document(row) for row in rows)
        assert [(row.ref, row.text, row.origin.line) for row in again] == [
            (row.ref, row.text, row.origin.line) for row in rows
        ]
