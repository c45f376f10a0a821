import pytest

from crossway.dialects.kong.upstream import Target, Upstream, address_of, endpoints, policies


def weighted(*weights: int) -> list[object]:
    found = [Target(target=f"10.0.0.{number}:80", weight=weight) for number, weight in enumerate(weights)]
    return [item if isinstance(item, str) else item["weight"] for item in endpoints(found)]


def test_weights_are_cut_by_what_they_share():
    assert weighted(100, 100) == ["10.0.0.0:80", "10.0.0.1:80"]
    assert weighted(100, 300, 0) == ["10.0.0.0:80", 3]
    assert weighted(1, 1000) == ["10.0.0.0:80", 128]
    assert endpoints([]) == []


def test_a_target_has_a_port():
    assert [address_of(text) for text in ("a", "a:1", "10.0.0.1", "::1", "[::1]:1")] == [
        "a:8000",
        "a:1",
        "10.0.0.1:8000",
        "[::1]:8000",
        "[::1]:1",
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "round_robin"),
        ({"algorithm": "round-robin"}, "round_robin"),
        ({"algorithm": "latency"}, "least_request"),
        ({"hash_on": "ip"}, {"algorithm": "ring_hash", "hash_by": "source_ip"}),
        ({"hash_on": "consumer"}, {"algorithm": "ring_hash", "hash_by": {"header": "x-consumer-username"}}),
        (
            {"algorithm": "consistent-hashing", "hash_on": "query_arg", "hash_on_query_arg": "q"},
            {"algorithm": "ring_hash", "hash_by": {"query": "q"}},
        ),
        (
            {"algorithm": "sticky-sessions", "sticky_sessions_cookie": "s", "sticky_sessions_cookie_path": "/x"},
            {"hash_by": {"cookie": {"name": "s", "ttl": 0, "path": "/x"}}},
        ),
    ],
)
def test_an_upstream_says_how_targets_are_chosen(fields: dict[str, object], expected: object):
    assert policies(Upstream.model_validate({"name": "up", **fields})) == {"load_balancing": expected}


def test_where_none_is_healthy_nothing_is_sent():
    checked = {"name": "up", "healthchecks": {"active": {"type": "tcp", "healthy": {"interval": 1}}}}
    assert policies(Upstream.model_validate(checked))["load_balancing"] == {
        "algorithm": "round_robin",
        "panic_threshold": 0,
    }
