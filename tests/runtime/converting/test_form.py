import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.conversion import FormToJson
from crossway.runtime.converting.form import MULTIPART, URLENCODED, read_form, write_form
from crossway.runtime.converting.refusal import Refusal


def read(data: bytes, content_type: str = URLENCODED, max_items: int = 100, **settings: object) -> object:
    return read_form(data, content_type, FormToJson.model_validate(settings), max_items=max_items)


def refused(data: bytes, content_type: str = URLENCODED, **settings: object) -> str:
    with pytest.raises(Refusal) as caught:
        read(data, content_type, **settings)
    return caught.value.code


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (b"a=1&b=x+y%21&c=", {"a": "1", "b": "x y!", "c": ""}),
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b"a", {"a": ""}),
        (b"%C3%A9=1&&", {"é": "1"}),
        (b"", {}),
    ],
)
def test_fields_become_an_object(form, expected):
    assert read(form) == expected


def test_lists_and_types():
    assert read(b"a=1&b=true", arrays=["a"], types="guess") == {"a": [1], "b": True}


def test_character_sets():
    assert read(b"a=%E9", f"{URLENCODED}; charset=iso-8859-1") == {"a": "é"}
    assert refused(b"a=%E9") == "transform.charset"
    assert refused(b"a=\xe9") == "transform.charset"
    assert refused(b"a=1", f"{URLENCODED}; charset=idna") == "transform.charset"


def test_the_number_of_fields_is_bounded():
    assert refused(b"&".join([b"a=1"] * 101)) == "transform.too_large"
    many = b"".join(part('form-data; name="a"', b"1") for _ in range(101)) + b"--x--\r\n"
    assert refused(many, f"{MULTIPART}; boundary=x") == "transform.malformed"


def part(disposition: str, content: bytes, more: str = "") -> bytes:
    return f"--x\r\nContent-Disposition: {disposition}\r\n{more}\r\n".encode() + content + b"\r\n"


TEXT = part('form-data; name="a"', b"one") + part('form-data; name="a"', b"\r\ntwo") + b"--x--\r\n"
FILE = part('form-data; name="f"; filename="a.bin"', b"\x00\xff", "Content-Type: image/png\r\n") + b"--x--\r\n"


def test_parts_become_an_object():
    assert read(TEXT, f"{MULTIPART}; boundary=x") == {"a": ["one", "\r\ntwo"]}
    assert read(TEXT, 'Multipart/Form-Data; boundary="x"') == {"a": ["one", "\r\ntwo"]}


def test_files_are_refused_or_written_in_base64():
    assert refused(FILE, f"{MULTIPART}; boundary=x") == "transform.malformed"
    expected = {"f": {"filename": "a.bin", "content_type": "image/png", "base64": "AP8="}}
    assert read(FILE, f"{MULTIPART}; boundary=x", files="base64") == expected


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        (TEXT, MULTIPART),
        (TEXT, f"{MULTIPART}; boundary=y"),
        (TEXT[:-8], f"{MULTIPART}; boundary=x"),
        (b"", f"{MULTIPART}; boundary=x"),
        (part("attachment", b"1") + b"--x--\r\n", f"{MULTIPART}; boundary=x"),
        (b"--x\r\nBroken\r\n\r\n1\r\n--x--\r\n", f"{MULTIPART}; boundary=x"),
    ],
)
def test_what_is_no_form_is_refused(form, content_type):
    assert refused(form, content_type) == "transform.malformed"


def test_a_part_in_no_known_text_is_refused():
    broken = part('form-data; name="a"', b"\xff") + b"--x--\r\n"
    assert refused(broken, f"{MULTIPART}; boundary=x") == "transform.charset"


FORMS = st.dictionaries(
    st.text(min_size=1, max_size=4),
    st.text(max_size=4) | st.lists(st.text(max_size=4), min_size=2, max_size=3),
    max_size=4,
)


@given(FORMS)
def test_what_becomes_a_form_comes_back_as_it_was(form):
    assert read(write_form(form, max_size=10_000)) == form


def test_values_of_forms():
    assert (
        write_form({"a": 1, "b": None, "c": [True, "x y"], "é": "&="}, max_size=99) == b"a=1&c=true&c=x+y&%C3%A9=%26%3D"
    )


@pytest.mark.parametrize("value", [[], "a", 1, None, {"a": {"b": 1}}, {"a": [[1]]}])
def test_what_is_no_form_is_not_written(value):
    with pytest.raises(Refusal) as caught:
        write_form(value, max_size=99)
    assert caught.value.code == "transform.malformed"


def test_a_form_that_becomes_too_large_is_not_written():
    with pytest.raises(Refusal) as caught:
        write_form({"n" * 50: [1] * 1000}, max_size=10_000)
    assert caught.value.code == "transform.too_large"
