"""Splicing: after any edit, a reader that knew the text before says what a new one says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.dialects.native import Native
from crossway.dialects.native.splice import Cuts, splice
from crossway.dialects.native.text import cut
from crossway.model import Document
from dialects.native.reading import POLICIES, read, same

BASE = """\
services:
  one: http://127.0.0.1:1
  two:
    endpoints: [127.0.0.1:1]
routes:
  a:
    to: one
  b:
    respond:
      body: |
        x

        y
  # about c
  c: {to: two}
  d:
    to: one
certificates:
  e: {ca: x.pem}
"""


def cuts(text: str) -> Cuts:
    document = Document("c.yaml", text)
    entries = cut(document)
    return Cuts(document, tuple(entry.start for entry in entries), tuple((item.kind, item.name) for item in entries))


def edited(before: str, after: str) -> bool:
    """Return whether a reader that read *before* says of *after* what a new one says, and of a third text too."""
    reader = Native(POLICIES)
    reader.read([Document("c.yaml", before)])
    fine = same(reader.read([Document("c.yaml", after)]), read(after))
    return fine and same(reader.read([Document("c.yaml", before)]), read(before))


EDITS = {
    "a value": ("    to: one\n  b", "    to: two\n  b"),
    "a new entry": ("  c: {to: two}\n", "  c: {to: two}\n  new: {to: one}\n"),
    "an entry that goes": ("  c: {to: two}\n", ""),
    "another name": ("  c: {", "  other: {"),
    "a name that is there already": ("  c: {", "  d: {"),
    "more indentation": ("  c: {to: two}", "    c: {to: two}"),
    "less indentation": ("  c: {to: two}", " c: {to: two}"),
    "no indentation": ("  c: {to: two}", "c: {to: two}"),
    "a whole entry deeper": ("  d:\n    to: one\n", "    d:\n      to: one\n"),
    "a comment": ("  # about c", "  # nothing about c"),
    "a comment that goes": ("  # about c\n", ""),
    "the last line": ("  e: {ca: x.pem}\n", "  e: {ca: y.pem}"),
    "more at the end": ("  e: {ca: x.pem}\n", "  e: {ca: x.pem}\n  f: {ca: y.pem}\n"),
    "a section": ("certificates:", "services:"),
    "a section that begins in an entry": ("  d:\n", "namespaces:\n  d:\n"),
    "a scalar that grows": ("        y\n", "        y\n  z: {to: one}\n"),
    "a mistake": ("  c: {to: two}", "  c: {to: two, nope: 1}"),
    "a brace that stays open": ("  c: {to: two}", "  c: {to: two"),
    "a quote that stays open": ("  c: {to: two}", "  c: {to: 'two}"),
    "an anchor": ("  c: {to: two}", "  c: &c {to: two}"),
    "a line break": ("  c: {to: two}\n", "  c: {to: two}\r\n"),
    "nothing but blanks": ("        x\n\n", "        x\n  \n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit(edit):
    old, new = EDITS[edit]
    assert BASE.count(old) == 1
    after = BASE.replace(old, new)
    assert edited(BASE, after)


def test_only_the_neighbourhood_of_an_edit_is_cut_again():
    edit = splice(cuts(BASE), Document("c.yaml", BASE.replace("    to: one\n  b", "    to: two\n  b")))
    assert [entry.name for entry in edit.entries] == ["a"]
    after = BASE.replace("  b:\n", "  n: {to: one}\n  b:\n")
    edit = splice(cuts(BASE), Document("c.yaml", after))
    assert [entry.name for entry in edit.entries] == ["n", "b"]
    assert (edit.cuts.starts, edit.cuts.entries) == (cuts(after).starts, cuts(after).entries)


pieces = st.sampled_from(
    [
        *BASE.splitlines(keepends=True),
        "",
        " ",
        "  ",
        "\n",
        "#",
        "  x: {to: one}\n",
        "routes:\n",
        "'",
        "{",
        "a: b\n",
        "\t",
    ]
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    start=st.integers(0, len(BASE)),
    length=st.one_of(st.just(0), st.integers(0, 12), st.integers(0, len(BASE))),
    new=st.lists(pieces, max_size=2).map("".join),
    lines=st.booleans(),
)
def test_any_edit(start, length, new, lines):
    end = min(start + length, len(BASE))
    if lines:  # from the beginning of one line to that of another
        start, end = BASE.rfind("\n", 0, start) + 1, BASE.rfind("\n", 0, end) + 1
    assert edited(BASE, BASE[:start] + new + BASE[max(start, end) :])
