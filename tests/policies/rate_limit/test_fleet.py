"""What a proxy is told of a limit that it shares: settings that name themselves, and where a request finds them."""

from crossway.compile import shares
from crossway.policies.rate_limit.fleet import Settings, name_of, quota_filter, quota_settings, read_keys
from crossway.policies.rate_limit.keys import Key
from crossway.policies.rate_limit.limit import Limit

COUNTER = "orders/rate_limit"
FIVE = (Limit.model_validate("5/minute"),)
CLIENT = (Key(client_ip=True),)


def settings(*limits: object, status: int = 429, told: bool = True) -> Settings:
    return quota_settings([Limit.model_validate(one) for one in limits], status=status, told=told)


def test_the_identity_of_a_bucket_says_all_that_is_to_know_of_its_limits():
    identity = settings("5/minute", {"requests": 50, "per": "hour", "burst": 9}).bucket_id_builder.bucket_id_builder
    read = shares.read(identity[shares.LIMITS].string_value)
    assert read == (shares.Limit(5, 60.0, 5), shares.Limit(50, 3600.0, 9))
    assert identity[shares.KEY].HasField("custom_value")


def test_without_a_share_the_buckets_behind_decide():
    fallback = settings("5/minute").no_assignment_behavior.fallback_rate_limit
    assert fallback.blanket_rule == fallback.ALLOW_ALL


def test_what_differs_has_another_name_and_what_is_the_same_has_the_same():
    def named(counter: str = COUNTER, by: tuple[Key, ...] = CLIENT, **said: object) -> str:
        return name_of(counter, quota_settings(FIVE, **({"status": 429, "told": True} | said)), by)

    names = [named(), named("carts/rate_limit"), named(by=(Key(consumer=True),)), named(status=503), named(told=False)]
    assert len(set(names)) == len(names)
    assert named() == names[0]
    assert all(name.startswith(("orders/rate_limit:", "carts/rate_limit:")) for name in names)


def test_a_request_finds_the_settings_by_the_name_that_was_put_on_it():
    first, other = settings("5/minute"), settings("50/hour")
    actions = quota_filter({"one": first, "one more": other}).bucket_matchers.matcher_tree.prefix_match_map.map
    (state,) = read_keys("one", [*CLIENT, Key(header="x-tenant")]).on_request_headers
    said = state.format_string.text_format_source.inline_string
    found = [name for name in actions if said.startswith(name)]
    assert [Settings.FromString(actions[name].action.typed_config.value) for name in found] == [first]


def test_a_name_is_no_command_of_the_formatter():
    (state,) = read_keys("100%REQ(x)%", CLIENT).on_request_headers
    assert state.format_string.text_format_source.inline_string.startswith("100%%REQ(x)%%")
