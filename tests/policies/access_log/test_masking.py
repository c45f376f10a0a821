import re

import pytest

from crossway.compile.variables import CREDENTIALS, variable
from crossway.policies.access_log.masking import mask, masked_names


def said(*texts, more=(), query=False):
    return mask({text: variable(text) for text in texts}, masked_names(more), query=query)


def test_what_is_no_credential_needs_no_filter():
    commands, notes = said("path", "status", "request.headers.x-tenant", "response.headers.x-cache")
    assert commands["request.headers.x-tenant"] == "%REQ(x-tenant)%"
    assert (list(notes.request_rules), list(notes.response_rules)) == ([], [])


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("side", ["request", "response"])
def test_no_formatter_sees_a_header_that_is_a_credential(side, name):
    commands, notes = said(f"{side}.headers.{name.upper()}")
    ((_, command),) = commands.items()
    assert command == f"%DYNAMIC_METADATA(crossway.access_log:{side}.headers.{name})%"
    (rule,) = [*notes.request_rules, *notes.response_rules]
    assert (rule.header, rule.on_header_present.value) == (name, "[redacted]")


def test_a_person_names_more():
    commands, notes = said("request.headers.x-shop-key", more=["X-Shop-Key"])
    assert commands["request.headers.x-shop-key"].startswith("%DYNAMIC_METADATA(")
    assert notes.request_rules[0].header == "x-shop-key"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/a?page=2", "/a?page=2"),
        ("/a?api_key=x&page=2", "/a?api_key=[redacted]&page=2"),
        ("/a?page=2&TOKEN=x&Shop.Key=y", "/a?page=2&TOKEN=[redacted]&Shop.Key=[redacted]"),
        ("/a?token=", "/a?token=[redacted]"),
        ("/a?my_token=x&tokens=y", "/a?my_token=x&tokens=y"),
        ("/cb#access_token=x&state=y", "/cb#access_token=[redacted]&state=y"),
    ],
)
def test_a_url_loses_the_values_of_its_secret_parameters(url, shown):
    _, notes = said("path", more=["shop.key"], query=True)
    rewrite = notes.request_rules[0].on_header_present.regex_value_rewrite
    assert re.sub(rewrite.pattern.regex, rewrite.substitution, url) == shown


def test_headers_with_urls_lose_them_too():
    _, notes = said("request.headers.referer", "response.headers.location")
    rules = [*notes.request_rules, *notes.response_rules]
    assert [rule.header for rule in rules] == ["referer", "location"]
    assert all(rule.on_header_present.HasField("regex_value_rewrite") for rule in rules)
