import pytest

from crossway.compile.variables import CREDENTIALS, FIELDS, variable


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("request.headers.X-Tenant", "%REQ(x-tenant)%"),
        ("request.query.Page", "%QUERY_PARAM(Page)%"),
        ("response.headers.x-cache", "%RESP(x-cache)%"),
        ("client_certificate.subject", "%DOWNSTREAM_PEER_SUBJECT%"),
        ("status", "%RESPONSE_CODE%"),
    ],
)
def test_a_variable_is_a_command_of_the_formatter(text, command):
    assert variable(text).command == command


@pytest.mark.parametrize(
    "text", ["", "x-tenant", "request.headers.", "request.headers.a)b", "request.headers.a%b", "body"]
)
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is no variable"):
        variable(text)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Set-Cookie", "X-API-Key", "Proxy-Authorization"])
def test_a_header_with_a_credential_is_known(name):
    assert variable(f"request.headers.{name}").is_credential
    assert not variable("request.headers.x-tenant").is_credential


def test_the_names_of_credentials_are_in_lower_case_and_sorted():
    assert list(CREDENTIALS) == sorted({name.lower() for name in CREDENTIALS})


def test_no_field_of_every_line_is_a_credential():
    assert not any(variable(name).is_credential for name in FIELDS)
