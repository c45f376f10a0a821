"""The page on which a user logs in and agrees. It has no script, loads nothing, and fits into no frame."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final
from urllib.parse import urlsplit

from crossway.authn.verdict import Answer, Headers

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:10vh auto;padding:0 1rem;color:#1b1f24}"
    "label{display:block;margin:.75rem 0}"
    "input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}"
    "button{font:inherit;padding:.4rem 1rem;margin:.5rem .5rem 0 0}.wrong{color:#b3261e}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def login_page(
    client: str, scopes: Iterable[tuple[str, str]], token: str, redirect_uri: str, wrong: str = ""
) -> tuple[str, Headers]:
    """Return the page with the headers that belong to it; *token* comes back with the form, *wrong* is what was so."""
    asked = "".join(f"<li>{escape(text or scope)}</li>" for scope, text in scopes)
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Log in</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>Log in</h1><p><strong>{escape(client)}</strong> asks to act for you"
        f"{f':</p><ul>{asked}</ul>' if asked else '.</p>'}"
        f"{f'<p class=wrong role=alert>{escape(wrong)}</p>' if wrong else ''}"
        '<form method="post"><label>Name<input name="username" autocomplete="username" autofocus></label>'
        '<label>Password<input name="password" type="password" autocomplete="current-password"></label>'
        f'<input type="hidden" name="csrf" value="{escape(token)}">'
        '<button name="decision" value="allow">Log in and allow</button>'
        '<button name="decision" value="deny">Deny</button></form></main></body></html>'
    )
    return body, _headers(f"'self' {_origin(redirect_uri)}")


def error_page(sentence: str) -> Answer:
    """Return a page that says what is wrong, to a user who cannot be sent back."""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Error</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>This does not work</h1><p>{escape(sentence)}</p>"
        "</main></body></html>"
    )
    return Answer(400, _headers("'none'"), body)


def _headers(targets: str) -> Headers:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {targets}; frame-ancestors 'none'; "
        "base-uri 'none'"
    )
    return (
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", policy),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    )


def _origin(uri: str) -> str:
    """Return what stands for the place of *uri* in a policy: browsers hold redirects after a form to it, too."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
