import random

from crossway.dialects.contract import Concept
from crossway.dialects.pieces import Content, Pieces, located
from crossway.model import Document
from dialects.toy import SHOP, TOY


def pieces() -> Pieces:
    concepts: dict[str, Concept[object]] = {concept.kind: concept for concept in TOY.concepts}
    return Pieces([TOY.language], concepts)


def contents(text: str) -> list[Document | Content]:
    return pieces().read([Document("a.yaml", text)])


def test_a_native_document_stays_what_it_is():
    document = Document("a.yaml", "routes: {}\n")
    assert pieces().read([document]) == [document]


def test_a_native_document_that_says_a_foreign_word_stays_what_it_is():
    document = Document("a.yaml", "routes: {}  # like a shop: in the old language\n")
    assert pieces().read([document]) == [document]


def test_each_document_of_a_stream_is_a_piece_with_its_line():
    found = contents(f"{SHOP}---\n{SHOP.replace('bakery', 'butcher')}---\nroutes: {{}}\n")
    first, second, native = found
    assert isinstance(first, Content)
    assert isinstance(second, Content)
    assert isinstance(native, Document)
    assert [item.key.name for content in (first, second) for item in content.objects] == ["bakery", "butcher"]
    assert (first.piece.line, second.piece.line, native.line) == (1, 6, 12)
    assert second.objects[0].source.origin(("at",)).line == 8


def test_a_piece_that_stays_is_not_read_again():
    reader = pieces()
    (first,) = reader.read([Document("a.yaml", SHOP)])
    moved = reader.read([Document("a.yaml", f"sign: x\nof: bakery\nsays: http2\n---\n{SHOP.removeprefix('')}")])
    again = reader.read([Document("a.yaml", SHOP)])
    assert isinstance(first, Content)
    assert isinstance(again[0], Content)
    assert isinstance(moved[1], Content)
    assert again[0].objects[0].source.origin().line == 1


def test_a_native_piece_is_the_same_document_while_it_stays_where_it_is():
    reader = pieces()
    text = f"{SHOP}---\nroutes: {{}}\n"
    one, other = (reader.read([Document("a.yaml", text)])[1] for _ in range(2))
    assert one is other


def test_an_unknown_kind_is_left_out_with_a_warning():
    (content,) = contents("stall: x\n")
    assert isinstance(content, Content)
    ((source, finding),) = content.remarks
    assert located(source, finding).code == "dialect.kind_unknown"
    assert content.objects == ()


def test_an_unknown_version_is_left_out():
    (content,) = contents(f"version: v9\n{SHOP}")
    assert isinstance(content, Content)
    assert [finding.code for _, finding in content.remarks] == ["dialect.version"]


def test_broken_text_is_refused_with_its_place():
    (content,) = contents("shop: [\n")
    assert isinstance(content, Content)
    assert [finding.code for finding in content.refusals] == ["yaml.syntax"]


def test_a_template_that_was_not_rendered_is_named_as_one():
    (content,) = contents("shop: x\nat: {{ .Values.at }}\n")
    assert isinstance(content, Content)
    assert "helm template" in content.refusals[0].hint


def test_keys_that_stand_twice_are_found():
    (content,) = contents(f"{SHOP}at: 127.0.0.1:2\n")
    assert isinstance(content, Content)
    assert [finding.code for finding in content.refusals] == ["key.duplicate"]


def test_the_end_of_a_document_and_directives_are_read():
    found = contents(f"%YAML 1.2\n---\n{SHOP}...\n---\n{SHOP.replace('bakery', 'butcher')}")
    (content,) = found
    assert isinstance(content, Content)
    assert [item.key.name for item in content.objects] == ["bakery", "butcher"]


def test_what_looks_like_a_boundary_inside_of_a_line_is_none():
    (content,) = contents("shop: a---b\nat: 'x --- y'\n")
    assert isinstance(content, Content)
    assert content.objects[0].key.name == "a---b"


def test_after_an_edit_the_pieces_are_those_of_a_new_reading():
    """Law: whatever the edit, what comes out is what a reader says that knew nothing before."""
    parts = [
        SHOP,
        SHOP.replace("bakery", "butcher"),
        "routes: {}\n",
        SHOP.replace("bakery", "grocer"),
        "sign: s\nof: x\nsays: y\n",
    ]
    chance = random.Random(7)
    reader = pieces()
    text = "---\n".join(parts)
    for _ in range(400):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 3, 40)))
        middle = chance.choice(
            ("", "-", "---\n", "\n---\n", "paint: red\n", "...\n", "%YAML 1.2\n---\n", parts[0], "\n")
        )
        text = (text[:start] + middle + text[end:])[:3000] or SHOP
        document = Document("a.yaml", text)
        assert told(reader.read([document])) == told(pieces().read([document])), text


def told(found: list[Document | Content]) -> list[object]:
    """Return what was read, as values."""
    return [
        (one.text, one.line)
        if isinstance(one, Document)
        else (one.piece.text, one.piece.line, [str(item.value) for item in one.objects], one.refusals, len(one.remarks))
        for one in found
    ]
