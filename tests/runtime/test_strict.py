import pytest

from crossway.runtime.strict import AmbiguousError, read


def test_json_is_read():
    assert read(b'{"a": [1, 2.5, "\\u00e9", null, true]}') == {"a": [1, 2.5, "é", None, True]}
    assert read('{"a": {"a": 1}}') == {"a": {"a": 1}}


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "\\u0061": 2}}]'])
def test_a_key_that_stands_twice_is_told(text: str):
    with pytest.raises(AmbiguousError, match="has the key 'a' twice in one object"):
        read(text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "not in UTF-8"),
        (b"{", "no JSON"),
        (b"[NaN]", "NaN is no value"),
        (b"[" * 10**6, "too deeply"),
        (b"", "no JSON"),
    ],
)
def test_what_is_no_json_is_told(content: bytes, told: str):
    with pytest.raises(ValueError, match=told):
        read(content)
