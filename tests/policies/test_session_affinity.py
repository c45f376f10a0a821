import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.session_affinity import SessionAffinity, compile_session_affinity
from crossway.protos import unpack
from crossway.protos.envoy.extensions.filters.http.stateful_session import v3 as stateful_session_v3
from crossway.protos.envoy.extensions.http.stateful_session.cookie import v3 as cookie_v3


def cookie(fragment: Fragment) -> cookie_v3.CookieBasedSessionState:
    assert isinstance(fragment.per_route["session_affinity"], stateful_session_v3.StatefulSessionPerRoute)
    state = unpack(fragment.per_route["session_affinity"].stateful_session.session_state.typed_config)
    assert isinstance(state, cookie_v3.CookieBasedSessionState)
    return state


@pytest.mark.parametrize(("secure", "expected"), [(True, ["SameSite", "Secure"]), (False, ["SameSite"])])
def test_a_cookie_is_secure_where_clients_speak_tls(secure, expected):
    site = Site(Ref("routes", "shop"), "default", secure=secure)
    state = cookie(compile_session_affinity(SessionAffinity.model_validate("cookie"), site))
    assert [attribute.name for attribute in state.cookie.attributes] == expected


@pytest.mark.parametrize("settings", [{}, {"cookie": {"ttl": "1500ms"}}, {"cookie": "a b"}, {"cookie": {"path": "x"}}])
def test_what_cannot_be_a_session_is_refused(settings):
    with pytest.raises(ValueError):
        SessionAffinity.model_validate(settings)
