"""The cookies of a session: their names, and where and when a browser sends them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from crossway.model import Part
from crossway.protos.envoy.extensions.filters.http.oauth2 import v3 as oauth2_v3

Path = Annotated[str, Field(pattern=r"^/[^?#;\x00-\x20\x7f]*$")]


class SameSite(enum.StrEnum):
    """On which requests that other sites cause a browser sends a cookie."""

    STRICT = "strict"
    """On none: even a link from elsewhere leads to the login."""
    LAX = "lax"
    """On links."""
    NONE = "none"
    """On all, for pages in frames of other sites."""


class Cookie(Part):
    """The cookies of the session. They are always `Secure` and `HttpOnly`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")] | None = None
    """What their names begin with. By default it stands for issuer and client, so that routes with the same ones share
    a session, and two providers on one host do not disturb each other."""
    domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")] | None = None
    """The domain whose hosts share the session; without it, each host has its own."""
    path: Path = "/"
    """Only requests below this path are in the session. It has to cover `redirect_path` and `logout_path`."""
    same_site: SameSite = SameSite.LAX
    """Whether the session holds on requests that other sites cause."""


def set_cookies(config: oauth2_v3.OAuth2Config, cookie: Cookie, prefix: str) -> None:
    """Write *cookie* into *config*, with names that begin with *prefix*."""
    names = config.credentials.cookie_names
    names.oauth_hmac, names.oauth_expires = f"{prefix}-session", f"{prefix}-expires"
    names.bearer_token, names.id_token, names.refresh_token = f"{prefix}-access", f"{prefix}-id", f"{prefix}-refresh"
    names.oauth_nonce, names.code_verifier = f"{prefix}-nonce", f"{prefix}-verifier"
    config.credentials.cookie_domain = cookie.domain or ""
    same_site = oauth2_v3.CookieConfig.SameSite
    of_session = oauth2_v3.CookieConfig(same_site=same_site.Value(cookie.same_site.name), path=cookie.path)
    configs = config.cookie_configs
    for each in (
        configs.bearer_token_cookie_config,
        configs.oauth_hmac_cookie_config,
        configs.oauth_expires_cookie_config,
        configs.id_token_cookie_config,
        configs.refresh_token_cookie_config,
    ):
        each.CopyFrom(of_session)
    # The provider's answer is a request that another site causes: of the cookies of a login, strict ones would be lost.
    of_login = oauth2_v3.CookieConfig(same_site=same_site.Value("LAX"), path=cookie.path)
    configs.oauth_nonce_cookie_config.CopyFrom(of_login)
    configs.code_verifier_cookie_config.CopyFrom(of_login)


def expired(cookie: Cookie, prefix: str) -> Iterator[str]:
    """Yield what makes a browser forget the session, for `Set-Cookie`."""
    domain = f"; Domain={cookie.domain}" if cookie.domain else ""
    for word in ("session", "expires", "refresh"):
        yield f"{prefix}-{word}=; Path={cookie.path}{domain}; Max-Age=0; Secure; HttpOnly"
