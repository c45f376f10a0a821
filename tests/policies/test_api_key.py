import pytest
from pydantic import ValidationError

from crossway.compile import identity
from crossway.compile.authentication import Authentication
from crossway.compile.contract import Consumers, Fragment, OfConsumers, Site
from crossway.model import Consumer, Findings, Ref, Spec
from crossway.policies.api_key import ANONYMOUS, NO_KEY, POLICY, ApiKey, compile_api_key
from crossway.protos.envoy.extensions.filters.http.api_key_auth import v3 as api_key_v3

SHOP = Ref("routes", "shop")


def of(fragment: Fragment, name: str = "api_key") -> api_key_v3.ApiKeyAuthPerRoute:
    message = fragment.per_route[name]
    assert isinstance(message, api_key_v3.ApiKeyAuthPerRoute)
    return message


def compiled(site: Site, **settings: object) -> Fragment:
    return compile_api_key(ApiKey.model_validate(settings), site)


def site(**beside: Spec) -> Site:
    return Site(SHOP, "default", beside=beside)


def filter_of(consumers: Consumers) -> tuple[api_key_v3.ApiKeyAuth, Findings]:
    known = POLICY.filters["api_key"]
    assert isinstance(known, OfConsumers)
    message, findings = known.message(consumers)
    assert isinstance(message, api_key_v3.ApiKeyAuth)
    return message, findings


@pytest.mark.parametrize(
    "settings",
    [
        {"header": "x api key"},
        {"query": "a b"},
        {"query": ""},
        {"cookie": "a=b"},
        {"cookie": "a;b"},
        {"hide_credentials": "perhaps"},
        {"keys": ["k"]},
    ],
)
def test_what_cannot_be_meant(settings):
    with pytest.raises(ValidationError):
        ApiKey.model_validate(settings)


def test_the_header_holds_the_key_where_nothing_is_said():
    assert ApiKey.model_validate({}).header == "x-api-key"
    assert ApiKey.model_validate({"header": "X-Key"}).header == "x-key"
    assert ApiKey.model_validate({"query": "key"}).header is None


def test_the_places_are_looked_at_in_one_order():
    places = of(compiled(site(), cookie="c", query="q", header="x-key")).key_sources
    assert [next(value for _, value in place.ListFields()) for place in places] == ["x-key", "q", "c"]


def test_who_it_was_is_told_at_once_where_no_other_method_has_a_say():
    assert of(compiled(site())).forwarding.header == identity.SOLE
    assert of(compiled(site(jwt=Spec()))).forwarding.header == identity.CLIENT
    assert of(compiled(site(authentication=Authentication(optional=True)))).forwarding.header == identity.CLIENT


def test_what_one_stage_tells_the_next_is_told_to_no_backend():
    route = compiled(site()).route
    assert route is not None
    assert list(route.request_headers_to_remove) == [identity.SOLE]


def test_without_a_key_a_request_has_that_of_nobody_where_it_may_pass():
    lenient = compiled(site(authentication=Authentication(optional=True)))
    assert of(lenient).key_sources[-1].header == ANONYMOUS
    assert "api_key.anonymous" in lenient.per_route
    assert "api_key.anonymous" not in compiled(site()).per_route


def test_each_namespace_has_a_filter_of_its_own():
    fragment = compiled(Site(SHOP, "blue"))
    assert "api_key/blue" in fragment.per_route
    assert "api_key" not in fragment.per_route


def test_a_consumer_is_found_by_each_of_its_keys_and_nobody_by_that_of_nobody():
    alice = Consumer.model_validate({"groups": ["gold"], "credentials": {"api_key": ["a", {"key": "b", "id": "two"}]}})
    message, findings = filter_of(((Ref("consumers", "alice"), alice),))
    assert findings == ()
    assert {one.key: one.client for one in message.credentials} == {
        "a": "alice;gold;;;1;",
        "b": "alice;gold;;;two;",
        NO_KEY: "-",
    }


def test_a_consumer_who_has_the_key_of_nobody_is_nobody():
    mallory = Consumer.model_validate({"credentials": {"api_key": [NO_KEY]}})
    message, _ = filter_of(((Ref("consumers", "mallory"), mallory),))
    assert {one.key: one.client for one in message.credentials} == {NO_KEY: "-"}
