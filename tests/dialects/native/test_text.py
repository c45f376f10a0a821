"""Cutting: whatever the layout, a text says the same as when it is parsed as a whole, at the same places."""

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossway.dialects.native.text import cut
from crossway.model import Document
from dialects.native.reading import placed, read, read_whole, same

PLAIN = """\
# what comes in
gateways:
  edge: {listeners: {http: 8080}}
services:   # what answers
  one: http://127.0.0.1:1
  two:
    endpoints:
    - 127.0.0.1:1

routes:

  a:
    to: one
  # about b
  b.c-d:
    respond:
      body: |
        routes:
          z: {to: nowhere}
        # not a comment

  e: {to: two}
"""

CUT = {
    "plain": PLAIN,
    "indented by one": "routes:\n a: {respond: {}}\n b: {respond: {}}\n",
    "indented by eight": "routes:\n        a: {respond: {}}\n        b:\n         respond: {}\n",
    "no line break at the end": "routes:\n  a: {respond: {}}",
    "comments at odd columns": (
        "routes:\n# x\n      # y\n  a:\n # z\n    respond: {}\n        # w\n# v\n  b: {respond: {}}\n # u"
    ),
    "unlike indentation in two sections": "routes:\n  a: {respond: {}}\nservices:\n    b: http://a.test\n",
    "a value on the next line": "services:\n  a:\n    http://a.test\n  b:\n    'http://\n    b.test'\n",
    "names that are no text to YAML 1.1": (
        "routes:\n  on: {respond: {}}\n  12: {respond: {}}\n  true: {respond: {}}\n  null: {respond: {}}\n"
    ),
    "trailing spaces": "routes:  \n  a:   \n    respond: {}   \n   \n  b: {respond: {}}\n",
    "a folded scalar with blank lines": (
        "routes:\n  a:\n    respond:\n      body: >+\n        x\n\n\n  b: {respond: {body: |-\n      x}}\n"
    ),
    "an empty entry": "services:\n  a:\n  b:\ncertificates:\n  x:\n",
}
WHOLE = {
    "empty": "",
    "comments only": "# nothing\n\n  # at all\n",
    "an empty section": "routes:\nservices:\n  a: http://a.test\n",
    "a section of nothing": "routes: {}\nservices: ~\n",
    "flow style": "{routes: {a: {respond: {}}}, services: {b: http://a.test}}",
    "JSON": '{"routes": {"a": {"respond": {"body": "x"}}}}',
    "quoted keys": "'routes':\n  \"a\": {respond: {}}\nservices:\n  'b': http://a.test\n",
    "an anchor for another entry": "routes:\n  a: &a {respond: {body: x}}\n  b: *a\n  c: {<<: *a, priority: 1}\n",
    "an anchor in another section": "services:\n  a: {policies: &p {}}\nroutes:\n  b: {respond: {}, policies: *p}\n",
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "old Macintosh line ends": PLAIN.replace("\n", "\r"),
    "a tab before a comment": "routes:\n  a:\t# x\n    respond: {}\n",
    "a byte order mark": "\ufeff" + PLAIN,
    "several documents": "routes:\n  a: {respond: {}}\n---\nroutes:\n  b: {respond: {}, nope: 1}\n---\n",
    "one name in two documents": "routes:\n  a: {respond: {}}\n---\nroutes:\n  a: {respond: {}}\n",
    "a document start": "---\nroutes:\n  a: {respond: {}}\n",
    "a directive": "%YAML 1.1\n---\nroutes:\n  a: {respond: {}, policies: {no: {}}}\n",
    "a section that stands twice": "routes:\n  a: {respond: {}}\nroutes:\n  b: {respond: {}}\n",
    "a name that stands twice": "routes:\n  a: {respond: {}}\n  b: {respond: {}}\n  a: {to: x}\n",
    "a name that stands twice, and more": "routes:\n  a: {respond: {}}\n  a: {to: x}\n  a: {nope: 1}\n  b: {x: 1}\n",
    "a key that stands twice in an entry": (
        "routes:\n  a: {respond: {}}\n  b: {priority: 1, priority: 2, respond: {}}\n"
    ),
    "a list of entries": "routes:\n  - a\n  - b\n",
    "a list without indentation": "routes:\n- a\n",
    "an entry less indented than the first": "routes:\n    a: {respond: {}}\n  b: {respond: {}}\n",
    "a name with a space": "routes:\n  a b: {respond: {}}\n  c: {respond: {}}\n",
    "a name with a slash": "routes:\n  a/b: {respond: {}}\n",
    "an explicit key": "routes:\n  ? a\n  : {respond: {}}\n",
    "a quote over two entries": "routes:\n  a: {respond: {body: 'x\n  b: {respond: {body: y'}}\n",
    "a quote that never ends": "routes:\n  a: {respond: {}}\n  b: 'x\n  c: {respond: {}}\n",
    "a brace over two entries": "routes:\n  a: {respond: {body: x,\n  content_type: y}}\n  c: {respond: {}}\n",
    "a colon without a space": "routes:#x\n  a: {respond: {}}\n",
    "a section that is text": "routes: |\n  a: {respond: {}}\n",
    "a line separator in a comment": "routes:\n  # x\u2028  a: {respond: {}, nope: 1}\n  b: {respond: {}, nope: 1}\n",
    "a next-line character": "routes:\n  a: {respond: {body: 'x\x85y'}}\n  b: {nope: 1}\n",
    "a tag": "routes:\n  a: !mine {respond: {}}\n  b: {respond: {}}\n",
    "a section unknown to all": "rutes:\n  a: {respond: {}}\n  b: {}\nservice:\n",
    "namespaces": (
        "namespaces:\n  shop:\n    policies: {no: {}}\n    routes:\n      a: {respond: {}, nope: 1}\n      b: 7\n"
    ),
    "a namespace in a namespace": (
        "namespaces:\n  shop:\n    namespaces: {inner: {}}\n    services: [a]\n    rutes: {}\n"
    ),
    "a namespace twice over": (
        "services:\n  a: http://a.test\nnamespaces:\n  default:\n    services: {a: 'http://b.test'}\n"
    ),
    "no mapping": "- a\n- b\n",
    "half a text": "routes:\n  a: {respond: {}\n",
}


@pytest.mark.parametrize("layout", CUT)
def test_a_layout_that_leaves_no_doubt_is_cut(layout):
    text = CUT[layout]
    assert cut(Document("c.yaml", text)) is not None
    assert same(read(text), read_whole(text))


@pytest.mark.parametrize("layout", WHOLE)
def test_any_other_layout_says_the_same_all_the_same(layout):
    text = WHOLE[layout]
    assert same(read(text), read_whole(text))


def test_the_cut_is_where_the_entries_are():
    entries = cut(Document("c.yaml", PLAIN))
    assert [(entry.kind, entry.name) for entry in entries] == [
        ("gateways", "edge"),
        ("services", "one"),
        ("services", "two"),
        ("routes", "a"),
        ("routes", "b.c-d"),
        ("routes", "e"),
    ]
    assert all(PLAIN[entry.start :].startswith(entry.text) for entry in entries)
    assert read(PLAIN).findings == ()


LINES = [
    *("routes:", "services:", "gateways:  # x", "routes:#x", "rutes:", "", "# c", "  # c", "---", "...", "- a"),
    *("  a:", "  b: {respond: {}}", "  'a': {respond: {}}", " a: {respond: {}}", "    a: http://a.test", "  a: &x 1"),
    *(
        "    to: one",
        "    respond: {body: |",
        "      respond:",
        "    nope: 1",
        "      x: y",
        "  - a",
        '  a: "x',
        "  b: *x",
    ),
    *('x"', "  }", "    body: >", "\tx: 1", "  a: http://a.test\r", "  true: 1", "    respond: {}", "  <<: {a: 1}"),
]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join))
@example("routes:\n  a:\n    to: one\n  a:\n    nope: 1")
def test_whatever_the_lines_are(text):
    assert same(read(text), read_whole(text))


names = st.sampled_from(["a", "b", "on", "7", "x.y", "a b", "a/b", "ä", "-"])
scalars = st.sampled_from(
    ["x", "", "a: b", "# c", "line\nroutes:\n  a: 1\n", " x", "x ", "\t", "*a", "&a", "yes", "é\u2028"]
)
values = st.recursive(
    scalars | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)
kinds = st.sampled_from(["routes", "services", "gateways", "certificates", "namespaces", "rutes"])
known = st.sampled_from([{"respond": {}}, {"respond": {"body": "x\n\ny\n"}}, {"to": "a"}, "http://a.test", None])
trees = st.dictionaries(kinds, st.dictionaries(names, known | values, max_size=3) | values, max_size=3)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    tree=trees,
    width=st.sampled_from([2, 4]),
    flow=st.sampled_from([None, False]),
    style=st.sampled_from([None, "|", '"', ">"]),
    unicode=st.booleans(),
)
def test_whatever_a_program_writes(tree, width, flow, style, unicode):
    text = yaml.safe_dump(
        tree, indent=width, default_flow_style=flow, default_style=style, allow_unicode=unicode, sort_keys=False
    )
    assert same(read(text), read_whole(text))


def test_places_are_exact_whichever_way_it_was_read():
    text = (
        "services:\n"
        "  a: http://a.test/path\n"
        "  # x\n"
        "  b:\n"
        "    endpoints: [127.0.0.1:1, nowhere]\n"
        "    nope: 1\n"
        "routes:\n"
        "  c:\n"
        "    matches:\n"
        "      - {path: a}\n"
        "      - path: /b\n"
        "        methods:\n"
        "          - GET\n"
        "          - '?'\n"
        "    policies:\n"
        "      retry: {attempts: x, often: 1}\n"
        "      unknown: {}\n"
        "    to: a\n"
        "  d:\n"
    )
    expected = [
        "field.invalid at 10:16",
        "field.invalid at 14:13",
        "field.invalid at 16:25",
        "field.unknown at 16:28",
        "policy.unknown at 17:7",
        "field.invalid at 19:5",
        "field.invalid at 2:6",
        "field.invalid at 5:30",
        "field.unknown at 6:5",
    ]
    assert sorted(placed(read(text))) == sorted(expected)
    assert sorted(placed(read_whole(text))) == sorted(expected)


def test_places_in_several_documents():
    text = WHOLE["several documents"]
    assert placed(read(text)) == ["field.unknown at 5:20"]


def test_places_in_namespaces():
    assert placed(read(WHOLE["namespaces"])) == [
        "policy.unknown at 3:16",
        "field.unknown at 5:24",
        "field.invalid at 6:10",
    ]
    assert placed(read(WHOLE["a namespace in a namespace"])) == [
        "field.unknown at 3:5",
        "document.shape at 4:5",
        "field.unknown at 5:5",
    ]
