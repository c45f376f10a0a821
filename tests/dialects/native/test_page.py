"""Pages: what one document says, whatever the others say; after an edit, only what stands beside it is read."""

from collections.abc import Collection

import pytest

from crossway.dialects.native.page import Page, Turn, read_page, turn_page
from crossway.dialects.native.settings import Reading, Settings
from crossway.dialects.native.text import Entry
from crossway.model import Document, Ref
from dialects.native.reading import POLICIES

TEXT = """\
services:
  one: http://127.0.0.1:1
routes:
  a: {to: one}
  b: {respond: {body: x}}
  c: {to: one}
"""
A, B, C = (Ref("routes", name) for name in "abc")


class Counted(Settings):
    """Settings that remember what they were asked to read."""

    def __init__(self) -> None:
        super().__init__(POLICIES)
        self.asked: list[str] = []

    def read(self, entry: Entry) -> Reading:
        self.asked.append(str(entry.ref))
        return super().read(entry)


@pytest.fixture
def settings() -> Counted:
    return Counted()


def page(text: str, settings: Settings, known: Page | None = None, about: Ref | None = None, line: int = 1) -> Page:
    readings = {(piece.ref, piece.content): piece.reading for piece in known.pieces} if known else {}
    name = "c.toml" if text.startswith("[") else "c.yaml"
    return read_page(Document(name, text, about, line), settings, readings)


def turned(old: Page, text: str, settings: Settings, taken: Collection[Ref] | None = None) -> Turn | None:
    taken = {piece.ref for piece in old.pieces} if taken is None else taken
    return turn_page(old, Document("c.yaml", text), settings, {}, taken)


def refs(pieces: object) -> list[str]:
    return [str(piece.ref) for piece in pieces]


def said(page: Page) -> list[str]:
    return [f"{finding.code} {finding.origin}" for finding in page.findings]


def test_a_page_has_its_pieces_in_the_order_of_the_text(settings: Counted) -> None:
    made = page(TEXT, settings)
    assert refs(made.pieces) == ["services.one", "routes.a", "routes.b", "routes.c"]
    assert made.pieces[1].content == "  a: {to: one}\n"
    assert [str(entry.ref) for entry in made.places()] == refs(made.pieces)


def test_what_is_known_is_not_read_again(settings: Counted) -> None:
    first = page(TEXT, settings)
    settings.asked.clear()
    again = page("# another line\n" + TEXT.replace("body: x", "body: y"), settings, first)
    assert settings.asked == ["routes.b"]
    assert again.pieces[1].reading is first.pieces[1].reading


@pytest.mark.parametrize(
    "text",
    ["routes: {a: {nope: 1, respond: {}}}\n", "routes:\n  a:\n    respond: {}\n    nope: 1\n"],
    ids=["as a whole", "cut"],
)
def test_a_finding_stands_where_its_text_does(settings: Counted, text: str) -> None:
    (finding,) = page(text, settings).findings
    assert (finding.code, finding.about) == ("field.unknown", A)
    assert finding.origin is not None
    assert text.splitlines()[finding.origin.line - 1][finding.origin.column - 1 :].startswith("nope")


def test_toml_makes_the_same_pieces_and_knows_their_places(settings: Counted) -> None:
    made = page('[routes.a]\nto = "one"\n[routes.b]\nto = "one"\n', settings)
    assert (refs(made.pieces), made.cuts) == (["routes.a", "routes.b"], None)
    assert [str(entry.ref) for entry in made.places()] == refs(made.pieces)


def test_a_row_is_one_piece_with_the_lines_of_its_file(settings: Counted) -> None:
    made = page("  a: {to: one, nope: 1}\n", settings, about=A, line=7)
    assert (refs(made.pieces), said(made)) == (["routes.a"], ["field.unknown c.yaml:7:16"])
    assert [entry.ref for entry in made.places()] == [A]


def test_a_row_without_a_mistake_is_known_by_its_text(settings: Counted) -> None:
    text = "  a: {to: one}\n"
    first = page(text, settings, about=A)
    settings.asked.clear()
    assert page(text, settings, first, about=A, line=40).pieces == first.pieces
    assert settings.asked == []


@pytest.mark.parametrize("text", ["  a: [\n", "  b: {to: one}\n", "  a: {to: one}\n  a: {to: two}\n"])
def test_a_row_whose_text_is_wrong_is_never_taken_for_known(settings: Counted, text: str) -> None:
    first = page(text, settings, about=A)
    assert (refs(first.pieces), first.pieces[0].content) == (["routes.a"], "")
    assert said(page(text, settings, first, about=A)) == said(first) != []


def test_an_edit_turns_the_page_at_its_place(settings: Counted) -> None:
    old = page(TEXT, settings)
    settings.asked.clear()
    after = TEXT.replace("body: x", "body: y")
    turn = turned(old, after, settings)
    assert turn is not None
    assert (refs(turn.gone), refs(turn.come), settings.asked) == (["routes.b"], ["routes.b"], ["routes.b"])
    fresh = page(after, settings)
    assert turn.page.pieces == fresh.pieces
    assert (turn.page.cuts.starts, turn.page.cuts.entries) == (fresh.cuts.starts, fresh.cuts.entries)


@pytest.mark.parametrize(
    ("text", "gone", "come"),
    [
        (TEXT + "  d: {to: one}\n", 0, ["routes.d"]),
        (TEXT.replace("  b: {respond: {body: x}}\n", ""), 1, []),
        (TEXT.replace("  b:", "  other:"), 1, ["routes.other"]),
    ],
    ids=["one more", "one less", "another name"],
)
def test_what_comes_and_goes(settings: Counted, text: str, gone: int, come: list[str]) -> None:
    turn = turned(page(TEXT, settings), text, settings)
    assert turn is not None
    new = [ref for ref in refs(turn.come) if ref not in refs(turn.gone)]
    assert (len(turn.gone) - len(turn.come) + len(come), new) == (gone, come)
    assert refs(turn.page.pieces) == refs(page(text, settings).pieces)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (TEXT.replace("  b:", "  c:"), None),
        (TEXT.replace("  b:", "  elsewhere:"), {Ref("routes", "elsewhere")}),
        (TEXT.replace("body: x", "nope: x"), None),
        (TEXT.replace("{body: x}}", "{body: x}"), None),
        (TEXT.replace("routes:\n", "namespaces:\n"), None),
    ],
    ids=["a name of this page", "a name of another page", "a mistake", "a brace that stays open", "another layout"],
)
def test_where_there_is_something_to_say_a_new_page_has_to_say_it(
    settings: Counted, text: str, taken: set[Ref] | None
) -> None:
    assert turned(page(TEXT, settings), text, settings, taken) is None


def test_a_page_with_findings_and_one_that_was_not_cut_are_not_turned(settings: Counted) -> None:
    wrong = page(TEXT.replace("body: x", "nope: x"), settings)
    assert turned(wrong, TEXT, settings) is None
    flow = page("routes: {a: {to: one}}\n", settings)
    assert turned(flow, "routes: {a: {to: two}}\n", settings) is None
