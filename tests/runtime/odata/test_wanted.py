"""Versions, formats and preferences."""

import pytest

from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.wanted import Preferences, form, is_xml, preferences, version
from crossway.sdk.http import Headers

each = pytest.mark.parametrize


@each(
    ("headers", "given"),
    [
        ({}, "4.01"),
        ({"odata-maxversion": "4.0"}, "4.0"),
        ({"odata-version": "4.0"}, "4.0"),
        ({"odata-maxversion": "9.9"}, "4.01"),
    ],
)
def test_the_version(headers: dict[str, str], given: str) -> None:
    assert version(Headers(headers)) == given


@each(
    ("accept", "metadata", "texts"),
    [
        ("", "minimal", False),
        ("text/html, */*;q=0.1", "minimal", False),
        ("application/json;odata.metadata=none", "none", False),
        ("application/json;metadata=full;IEEE754Compatible=true", "minimal", True),
    ],
)
def test_the_form(accept: str, metadata: str, texts: bool) -> None:
    found = form(Headers({"accept": accept}) if accept else Headers(), "")
    assert (found.metadata, found.texts) == (metadata, texts)


def test_what_is_no_json() -> None:
    with pytest.raises(ODataError):
        form(Headers({"accept": "application/atom+xml"}), "")


@each(
    ("accept", "format_", "xml"),
    [("", "", True), ("*/*", "", True), ("application/json", "", False), ("application/xml", "", True),
     ("application/json, application/xml", "", False), ("application/json", "xml", True)],
)  # fmt: skip
def test_metadata_is_xml_unless_json_is_asked_for(accept: str, format_: str, xml: bool) -> None:
    assert is_xml(Headers({"accept": accept}) if accept else Headers(), format_) is xml


@each(
    ("text", "given"),
    [
        ("odata.maxpagesize=5", Preferences(5)),
        ('maxpagesize="7", return=minimal; x=y', Preferences(7, "minimal")),
        ("odata.continue-on-error", Preferences(goes_on=True)),
        ("continue-on-error=false,maxpagesize=x, respond-async", Preferences()),
    ],
)
def test_preferences(text: str, given: Preferences) -> None:
    assert preferences(Headers({"prefer": text})) == given
