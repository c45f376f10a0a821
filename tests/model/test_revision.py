from hypothesis import given
from hypothesis import strategies as st

from crossway.model import Origin, Ref
from crossway.model.revision import EMPTY_DIGEST, Change, Row, combine, etag

NAMES = st.text(max_size=4)
REFS = st.builds(Ref, NAMES, NAMES, NAMES)
ROWS = st.dictionaries(REFS, st.text(max_size=20), max_size=6).map(
    lambda texts: [Row(ref, text, Origin("gateway.yaml", 1)) for ref, text in texts.items()]
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    digest = combine(EMPTY_DIGEST, (), rows)
    random.shuffle(rows)
    assert combine(EMPTY_DIGEST, (), rows) == digest


@given(ROWS, ROWS)
def test_a_change_costs_only_itself_and_leads_to_the_digest_of_the_whole(before, after):
    was = combine(EMPTY_DIGEST, (), before)
    assert combine(was, before, after) == combine(EMPTY_DIGEST, (), after)
    assert combine(was, before, ()) == EMPTY_DIGEST


@given(ROWS, ROWS)
def test_two_states_have_one_digest_only_if_they_are_the_same(one, other):
    same = {row.ref: row.text for row in one} == {row.ref: row.text for row in other}
    assert (combine(EMPTY_DIGEST, (), one) == combine(EMPTY_DIGEST, (), other)) is same


def test_where_a_text_ends_and_a_name_begins_is_told_apart():
    one = Row(Ref("routes", "b\nc", "a"), "d", Origin("x"))
    other = Row(Ref("routes", "b", "a"), "c\nd", Origin("x"))
    assert combine(EMPTY_DIGEST, (), [one]) != combine(EMPTY_DIGEST, (), [other])


def test_a_digest_has_256_bits_in_hexadecimal():
    digest = combine(EMPTY_DIGEST, (), [Row(Ref("routes", "a"), "x", Origin("x"))])
    assert len(digest) == len(EMPTY_DIGEST) == 64
    assert int(digest, 16)


def test_the_place_and_the_revision_of_a_row_are_no_part_of_its_version():
    one = Row(Ref("routes", "a"), "x", Origin("x", 1), 1)
    other = Row(Ref("routes", "b"), "x", Origin("y", 2), 2)
    assert one.etag == other.etag == etag("x")
    assert etag("x") != etag("x ")


def test_texts_do_not_print_themselves():
    row = Row(Ref("routes", "a"), "hunter2", Origin("x"))
    change = Change(Ref("routes", "a"), "hunter2", Origin("x"))
    assert "hunter2" not in repr(row) + repr(change)
