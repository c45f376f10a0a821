import json
import pickle
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.model import REDACTED, Certificate, Duration, Part, Percent, Secret, Size, format_duration, parse_duration
from crossway.model.values import HeaderText, IpAddress


class Values(Part):
    duration: Duration = timedelta()
    size: Size = 0
    percent: Percent = 0.0
    secret: Secret | None = None
    address: IpAddress = "::"
    header: HeaderText = "x"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("10us", 1e-5),
        ("1.5s", 1.5),
        ("2d", 172_800),
        ("0", None),
        (0, 0),
    ],
)
def test_a_duration(text, seconds):
    if seconds is None:
        with pytest.raises(ValueError, match="a number with a unit"):
            parse_duration(text)
    else:
        assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "s", "15", 15, 1.5, True, False, "-1s", "1 s", "1s ", "1x", "1S", "1sm", None, [], "1,5s"]
)
def test_a_duration_that_is_none(value):
    with pytest.raises(ValueError, match="a duration is"):
        parse_duration(value)


@pytest.mark.parametrize("text", ["36501d", "99999999999999999d", "9" * 400 + "h"])
def test_a_duration_without_end(text):
    with pytest.raises(ValueError, match="at most 36500d"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=36_500)))
def test_a_duration_is_read_as_it_is_written(value):
    assert parse_duration(format_duration(value)) == value


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 0),
        (7, 7),
        ("64KiB", 65_536),
        ("10MB", 10_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("3B", 3),
        ("2GB", 2 * 10**9),
    ],
)
def test_a_size(value, size):
    assert Values(size=value).size == size


@pytest.mark.parametrize(
    "value", ["7", -1, 1.5, True, "1kb", "1K", "-1MB", "KB", None, "9" * 400 + "GB", 2**32, "4GiB"]
)
def test_a_size_that_is_none(value):
    with pytest.raises(ValidationError, match="a size is"):
        Values(size=value)


@pytest.mark.parametrize(("value", "percent"), [(0, 0), (100, 100), ("10%", 10), ("0.5%", 0.5), ("7", 7), (0.25, 0.25)])
def test_a_percentage(value, percent):
    assert Values(percent=value).percent == percent


@pytest.mark.parametrize("value", [-1, 101, "101%", "x", "%", True, None, "nan", "inf", 10**400, []])
def test_a_percentage_that_is_none(value):
    with pytest.raises(ValidationError, match="a percentage is"):
        Values(percent=value)


@pytest.mark.parametrize(
    ("text", "address"),
    [("10.0.0.1", "10.0.0.1"), ("::1", "::1"), ("2001:DB8::0:1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1%eth0")],
)
def test_an_address(text, address):
    assert Values(address=text).address == address


@pytest.mark.parametrize(
    "text", ["localhost", "10.0.0", "10.0.0.256", "10.0.0.1:80", "[::1]", "", "fe80::1%", "fe80::1%a b", "fe80::1%a\n"]
)
def test_an_address_that_is_none(text):
    with pytest.raises(ValidationError, match="is no IP address"):
        Values(address=text)


@pytest.mark.parametrize("text", ["a b", "a\tb", "100%", "%FOO%", "ü", "x" * 16_384, "%" * 8192])
def test_the_text_of_a_header(text):
    assert Values(header=text).header == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least 1"),
        ("a\nb", "one line"),
        ("a\rb", "one line"),
        ("a\0b", "one line"),
        ("\x7f", "one line"),
        ("x" * 16_385, "at most 16 KiB"),
        ("%" * 8193, "at most 16 KiB"),
    ],
)
def test_a_text_that_no_header_says(text, message):
    with pytest.raises(ValidationError, match=message):
        Values(header=text)


PASSWORD = "hunter2"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{0!r}".format,
        lambda part: f"{part.model_dump()}",
        lambda part: part.model_dump_json(),
        lambda part: json.dumps(part.model_dump(mode="json")),
        lambda part: str(part.model_dump(mode="json", exclude_defaults=True)),
        lambda part: repr([part, {"x": part}]),
        lambda part: repr(part.model_copy()),
        lambda part: repr(list(part)),
    ],
)
def test_a_secret_is_shown_to_nobody(show):
    for part in (Values(secret=PASSWORD), Certificate(certificate="c.pem", key=PASSWORD)):
        assert PASSWORD not in show(part)
        assert REDACTED in show(part)


def test_a_secret_that_is_asked_for_is_told():
    assert Values(secret=PASSWORD).secret.reveal() == PASSWORD
    assert Values(secret=Secret(PASSWORD)) == Values(secret=PASSWORD)
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert pickle.loads(pickle.dumps(Secret(PASSWORD))) == Secret(PASSWORD)


@pytest.mark.parametrize("value", ["", 7, None, [PASSWORD], {"x": PASSWORD}])
def test_what_is_no_secret_is_one_mistake_that_repeats_nothing(value):
    with pytest.raises(ValidationError) as raised:
        Certificate.model_validate({"certificate": "c.pem", "key": value} if value is not None else {"key": [PASSWORD]})
    messages = [detail["msg"] for detail in raised.value.errors()]
    assert len(messages) == 1
    assert PASSWORD not in messages[0]


def test_a_schema_tells_editors_not_to_show_a_secret():
    field = Certificate.model_json_schema()["properties"]["key"]["anyOf"][0]
    assert field == {"type": "string", "minLength": 1, "writeOnly": True}
