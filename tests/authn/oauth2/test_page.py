"""The page that a user sees."""

from crossway.authn.oauth2.page import error_page, login_page

EVIL = '"><script>alert(1)</script>'


def test_nothing_that_is_shown_is_markup():
    body, _ = login_page(EVIL, [(EVIL, ""), ("a", EVIL)], EVIL, "https://a.test/", EVIL)
    assert "<script" not in body
    assert body.count("&lt;script&gt;") == 5
    assert "<script" not in error_page(EVIL).body


def test_what_browsers_are_told():
    _, headers = login_page("app", [], "t", "https://a.test:444/back?x=1")
    told = dict(headers)
    assert "form-action 'self' https://a.test:444;" in told["content-security-policy"]
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["cache-control"] == "no-store"
    assert (
        "form-action 'self' com.example.app:;"
        in dict(login_page("app", [], "t", "com.example.app:/b")[1])["content-security-policy"]
    )
    assert error_page("no").status == 400
