"""What a document is, and how many are kept."""

import pytest

from crossway.runtime.graphql.documents import Document, Documents, read
from crossway.runtime.graphql.refusal import Refused

each = pytest.mark.parametrize


def test_a_document_has_its_operations_and_fragments_by_name():
    document = read("query A {a} mutation B {...F} fragment F on T {b}", 100)
    assert (list(document.operations), list(document.fragments)) == (["A", "B"], ["F"])
    assert document.operation("B").operation.value == "mutation"
    assert document.tokens == 5 + 6 + 7


def test_the_only_operation_needs_no_name():
    for text in ("{a}", "query A {a}"):
        document = read(text, 100)
        assert document.operation(None) is document.operation("") is next(iter(document.operations.values()))


@each(("text", "name"), [("{a}", "A"), ("query A {a} query B {b}", None), ("fragment F on T {a}", None)])
def test_an_operation_that_is_not_there_is_refused(text: str, name: str | None):
    with pytest.raises(Refused) as refused:
        read(text, 100).operation(name)
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"


WRONG = {
    "an operation without a name": ("{a} query B {b}", "GRAPHQL_VALIDATION_FAILED"),
    "two without a name": ("{a} {b}", "GRAPHQL_VALIDATION_FAILED"),
    "two operations of a name": ("query A {a} query A {b}", "GRAPHQL_VALIDATION_FAILED"),
    "two fragments of a name": ("{...F} fragment F on T {a} fragment F on T {b}", "GRAPHQL_VALIDATION_FAILED"),
    "types": ("{a} type T {a: Int}", "GRAPHQL_VALIDATION_FAILED"),
    "no document": ("{a", "GRAPHQL_PARSE_FAILED"),
    "an empty document": ("", "GRAPHQL_PARSE_FAILED"),
    "nothing selected": ("{a{}}", "GRAPHQL_PARSE_FAILED"),
    "fields within fields": ("{a" * 900 + "}" * 900, "MAX_DEPTH_LIMIT"),
    "values within values": ("{a(b:" + "[" * 20_000 + ")}", "MAX_DEPTH_LIMIT"),
}


@each("name", WRONG)
def test_what_is_refused(name: str):
    text, code = WRONG[name]
    with pytest.raises(Refused) as refused:
        read(text, 100_000)
    assert refused.value.code == code


@each(("text", "tokens"), [("{a b c}", 5), ("#\n" * 100 + "{a}", 103)])
def test_tokens_have_a_bound_and_comments_are_tokens(text: str, tokens: int):
    assert read(text, tokens).operation(None)
    with pytest.raises(Refused) as refused:
        read(text, tokens - 1)
    assert refused.value.error["extensions"] == {"code": "MAX_TOKENS_LIMIT", "maximum": tokens - 1}


def test_a_syntax_error_says_where():
    with pytest.raises(Refused, match="Syntax error: ") as refused:
        read("{a\n  b(}", 100)
    extensions = {"code": "GRAPHQL_PARSE_FAILED", "locations": [{"line": 2, "column": 5}]}
    assert refused.value.error["extensions"] == extensions


def test_documents_are_kept_until_others_need_the_room():
    kept = Documents(room=3 * 20)  # each weighs 3 tokens, and 16
    given: dict[str, Document] = {text: read(text, 100) for text in ("{a}", "{b}", "{c}", "{d}")}
    for text in ("{a}", "{b}", "{c}"):
        kept.put(text, given[text])
    assert kept.get("{a}") is given["{a}"]
    kept.put("{d}", given["{d}"])
    assert [text for text in given if kept.get(text)] == ["{a}", "{c}", "{d}"]


def test_one_that_is_kept_twice_takes_its_room_once():
    kept = Documents(room=2 * 20)
    for text in ("{a}", "{b}", "{b}", "{b}"):
        kept.put(text, read(text, 100))
    assert kept.get("{a}")
    assert kept.get("{b}")


def test_one_that_has_no_room_is_not_kept():
    kept = Documents(room=20)
    text = '{a(b: "' + "x" * 1000 + '")}'
    kept.put(text, read(text, 100))
    assert kept.get(text) is None
    kept.put("{a}", read("{a}", 100))
    assert kept.get("{a}")
