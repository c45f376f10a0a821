import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, json

from crossway.compile import identity, program
from crossway.compile.program import Code, Entry, Program, Step, decode, digest, encode, socket_path

text = st.text(max_size=20)
steps = st.builds(Step, text, st.integers().map(lambda number: Raw(json.encode({"number": number}))))
entries = st.builds(Entry, text, st.lists(steps, max_size=3).map(tuple), text, text)
codes = st.builds(Code, text, text, text, text, text)
programs = st.builds(Program, st.dictionaries(text, entries, max_size=3), st.dictionaries(text, codes, max_size=3))


@given(programs)
def test_a_program_arrives_as_it_was_sent(sent):
    assert json.encode(decode(encode(sent))) == json.encode(sent)


@given(programs)
def test_the_text_of_a_program_can_be_the_name_of_an_application(sent):
    """A colon would begin another attribute, and an underscore a name that the runtime does not take for a program."""
    assert re.fullmatch(r"[A-Za-z0-9-][\w=-]*", encode(sent), re.ASCII)


@given(entries, entries)
def test_entries_have_one_name_exactly_if_they_say_the_same(one, other):
    assert (digest(one) == digest(other)) == (json.encode(one) == json.encode(other))
    assert re.fullmatch(r"[0-9a-f]{16}", digest(one))


@pytest.mark.parametrize("name", ["", "AAAA", "eJw=", "not base 64!"])
def test_what_is_no_program_is_none(name):
    with pytest.raises(Exception, match=r"."):
        decode(name)


def test_the_path_of_a_socket_is_short_whatever_the_name_of_its_listener():
    paths = {socket_path(name) for name in ("a", "b", "a/b", "x" * 300)}
    assert len(paths) == 4
    assert all(len(path) == 21 for path in paths)
    assert not any("/" in path for path in paths)


def test_no_client_may_send_what_is_said_between_the_proxy_and_its_runtime():
    assert set(program.RESERVED) <= set(identity.RESERVED)
