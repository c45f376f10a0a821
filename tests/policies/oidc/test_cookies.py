from crossway.policies.oidc.cookies import Cookie, SameSite, expired, set_cookies
from crossway.protos.envoy.extensions.filters.http.oauth2 import v3 as oauth2_v3


def test_every_cookie_has_a_name_and_a_place_of_its_own():
    config = oauth2_v3.OAuth2Config()
    set_cookies(config, Cookie(path="/shop", domain="shop.example", same_site=SameSite.STRICT), "shop")
    names = [value for _, value in config.credentials.cookie_names.ListFields()]
    assert len(set(names)) == len(oauth2_v3.OAuth2Credentials.CookieNames.DESCRIPTOR.fields)
    assert all(name.startswith("shop-") for name in names)
    configs = {field.name: value for field, value in config.cookie_configs.ListFields()}
    assert len(configs) == len(oauth2_v3.CookieConfigs.DESCRIPTOR.fields)
    assert {value.path for value in configs.values()} == {"/shop"}
    lax = {name for name, value in configs.items() if value.same_site == oauth2_v3.CookieConfig.SameSite.LAX}
    assert lax == {"oauth_nonce_cookie_config", "code_verifier_cookie_config"}
    assert config.credentials.cookie_domain == "shop.example"


def test_a_session_is_forgotten_where_it_was_kept():
    cookie = Cookie(path="/shop", domain="shop.example")
    assert next(iter(expired(cookie, "shop"))) == (
        "shop-session=; Path=/shop; Domain=shop.example; Max-Age=0; Secure; HttpOnly"
    )
    assert [text.partition("=")[0] for text in expired(Cookie(), "a")] == ["a-session", "a-expires", "a-refresh"]
