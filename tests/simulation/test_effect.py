"""What is exact is held to a real Envoy by `laws/test_simulation.py`; here is what it says besides."""

from crossway.protos import from_dict
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.simulation.arrival import Arrival
from crossway.simulation.effect import ENDPOINT, Effect, Forwarded, Reply, Share, Surroundings, effect

SET = "OVERWRITE_IF_EXISTS_OR_ADD"
AROUND = Surroundings(route_v3.VirtualHost(), route_v3.RouteConfiguration())


def done(route: dict[str, object], around: Surroundings = AROUND, **headers: str) -> Effect:
    given = {"x-forwarded-proto": "http", **{name.replace("_", "-"): value for name, value in headers.items()}}
    arrival = Arrival("GET", "a.test", "/a?q", given, "10.0.0.1")
    return effect(from_dict({"name": "r", **route}, route_v3.Route), around, arrival, given)


def forwarded(action: dict[str, object], around: Surroundings = AROUND) -> Forwarded:
    result = done({"route": action}, around)
    assert isinstance(result, Forwarded)
    return result


def test_shares():
    subset = {"filter_metadata": {"envoy.lb": {"crossway.subset/v2": True}}}
    clusters = [{"name": "a", "weight": 3, "metadata_match": subset}, {"name": "b", "weight": 1}]
    result = forwarded({"weighted_clusters": {"clusters": clusters}})
    assert result.services == (Share("a", 75.0, "v2"), Share("b", 25.0))


def test_time_and_failure():
    retry = {"retry_on": "5xx,reset", "num_retries": 2, "per_try_timeout": "1s"}
    result = forwarded({"cluster": "a", "timeout": "2s", "idle_timeout": "0s", "retry_policy": retry})
    assert result.settings == {
        "timeout": "2s",
        "idle timeout": "none",
        "retries": "2 on 5xx, reset",
        "timeout of a try": "1s",
    }


def test_what_is_hashed():
    keys = [{"header": {"header_name": "x"}}, {"cookie": {"name": "c"}}, {"query_parameter": {"name": "q"}}]
    result = forwarded({"cluster": "a", "hash_policy": [*keys, {"connection_properties": {"source_ip": True}}]})
    assert result.settings["hash of"] == "header x, cookie c, query q, client ip"


def test_the_retries_of_the_host_hold_where_the_route_has_none():
    host = from_dict({"retry_policy": {"retry_on": "5xx", "num_retries": 1}}, route_v3.VirtualHost)
    around = Surroundings(host, route_v3.RouteConfiguration())
    assert forwarded({"cluster": "a"}, around).settings["retries"] == "1 on 5xx"
    assert "retries" not in forwarded({"cluster": "a", "retry_policy": {}}, around).settings


def test_the_name_of_an_endpoint_as_the_host():
    action = {"cluster": "a", "auto_host_rewrite": True, "append_x_forwarded_host": True}
    assert forwarded(action).host == "a.test"
    named = forwarded(action, Surroundings(AROUND.host, AROUND.table, has_names=True))
    assert (named.host, named.headers["x-forwarded-host"]) == (ENDPOINT, "a.test")


def test_mirrors():
    fraction = {"default_value": {"numerator": 5, "denominator": "HUNDRED"}}
    result = forwarded({"cluster": "a", "request_mirror_policies": [{"cluster": "b", "runtime_fraction": fraction}]})
    assert result.mirrors == (Share("b", 5.0),)


def test_edits_of_the_answer_from_the_route_out():
    table = from_dict({"response_headers_to_remove": ["y"]}, route_v3.RouteConfiguration)
    edits = {"response_headers_to_add": [{"header": {"key": "x", "value": "1"}, "append_action": SET}]}
    result = done({"route": {"cluster": "a"}, **edits}, Surroundings(AROUND.host, table))
    assert isinstance(result, Forwarded)
    assert result.response_edits == ("set x: 1", "remove y")


def test_answers():
    answer = {"direct_response": {"status": 403, "body": {"inline_string": "no"}}}
    assert done(answer) == Reply(403, {"content-type": "text/plain"}, "no")
    grpc = done(answer, content_type="application/grpc")
    assert grpc == Reply(200, {"content-type": "application/grpc", "grpc-status": "7", "grpc-message": "no"})


def test_redirects():
    redirect = {"redirect": {"scheme_redirect": "https", "response_code": "PERMANENT_REDIRECT"}}
    assert done(redirect) == Reply(308, {"location": "https://a.test/a?q"})
