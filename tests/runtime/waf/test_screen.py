"""The screen: it lets through what is surely good, and never what the rules would match."""

import gzip
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.modsecurity import Rules, Transaction
from crossway.model.waf import Waf
from crossway.policies.waf.seclang import seclang
from crossway.runtime.waf.screen import is_clean
from crossway.sdk.http import Request

RULES = Rules(seclang(Waf()))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ATTACKS = ["1' or '1'='1", "-1 UNION SELECT password FROM users", "<script>alert(1)</script>", "x' onload=alert(1) '"]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


def request(target: str = "/", body: bytes = b"", **headers: str) -> Request:
    return Request("POST", target, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def refused(one: Request) -> bool:
    """Return whether the rules themselves refuse a request."""
    verdict = Transaction(RULES, "::1", long=False).request(one.method, one.target, one.headers.items(), one.body)
    return verdict.status != 0


@pytest.mark.parametrize(
    "one",
    [
        request("/search?q=tea+for+two&page=2"),
        request("/search?q=100%25+cotton&x=%C3%BC"),
        request(body=b'{"name": "Ada", "tags": ["a", "b"], "age": 36, "note": "one; or two?"}', content_type=JSON),
        request(body='{"name": "J\u00fcrgen O\'Neil"}'.encode(), content_type="application/merge-patch+json"),
        request(body=b"name=Ada+Lovelace&age=36", content_type=f"{FORM}; charset=utf-8"),
        request(cookie="session=6e2bc5b6-5d4c; theme=dark", user_agent=BROWSER, referer="https://a.test/b?c=d"),
        request(body=gzip.compress(b"anything"), content_type="application/octet-stream"),
    ],
)
def test_good_requests_are_let_through(one):
    assert is_clean(one, one.body)
    assert not refused(one)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "carry",
    [
        lambda text: request(f"/?a=1&q={quote(text)}"),
        lambda text: request(f"/?a=1&{quote(text)}=1"),
        lambda text: request(f"/?q={quote(quote(text))}"),
        lambda text: request(body=f"q={quote(text)}".encode(), content_type=FORM),
        lambda text: request(body=f'{{"a": [1, "{text}"]}}'.encode(), content_type=JSON),
        lambda text: request(body=f'{{"{text}": 1}}'.encode(), content_type=JSON),
        lambda text: request(body=f'{{"a": "{text}", "a": ""}}'.encode(), content_type=JSON),
        lambda text: request(
            body=('{"a": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}').encode(), content_type=JSON
        ),
        lambda text: request(cookie=f"a=b; q={quote(text)}"),
        lambda text: request(user_agent=text),
        lambda text: request(body=text.encode(), content_type="text/plain"),
        lambda text: request(body=text.encode()),
    ],
)
def test_attacks_are_left_to_the_rules_which_refuse_them(carry, attack):
    one = carry(attack)
    assert not is_clean(one, one.body)
    assert refused(one)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b'{"a": '),
        (JSON, b'["\xff"]'),
        (JSON, b"[" * 65 + b"]" * 65),
        ("application/xml", b"<a/>"),
        ("multipart/form-data; boundary=x", b"--x--"),
        (FORM, b"&".join([b"a=1"] * 600)),
        ("x", b"anything"),
        ("", b"anything"),
    ],
)
def test_what_is_not_certain_is_left_to_the_rules(kind, body):
    assert not is_clean(request(body=body, content_type=kind), body)


def test_two_content_types_are_left_to_the_rules():
    one = request(body=b"{}", content_type=JSON)
    one.headers.add("content-type", "application/octet-stream")
    assert not is_clean(one, one.body)


texts = st.one_of(
    st.sampled_from(ATTACKS),
    st.lists(
        st.sampled_from(
            ["'", '"', "or", "1", "=", "--", "<", ">", "on", "%27", "+", " ", "union", "/*", "%u0027", "a", ";"]
        )
    ).map("".join),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=20),
)


@given(texts, texts)
def test_nothing_that_the_rules_refuse_gets_past_the_screen(one, two):
    form = f"{quote(one, safe='')}={quote(two, safe='%+')}"
    for each in (
        request(f"/?{form}"),
        request(body=form.encode(), content_type=FORM),
        request(cookie=f"a={quote(one, safe='%+')}"),
    ):
        assert not (is_clean(each, each.body) and refused(each)), (one, two)
