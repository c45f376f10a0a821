"""What is left of a table is what Envoy has not seen, and everything that a table is judged by besides its routes."""

from crossway.daemon.proof.cut import content, cut, routes
from crossway.protos import pack
from crossway.protos.envoy.config.route import v3 as route_v3

NOTHING = route_v3.RouteConfiguration()


def route(name: str) -> route_v3.Route:
    return route_v3.Route(name=name, match=route_v3.RouteMatch(prefix="/"))


def listed(name: str, *names: str) -> route_v3.VirtualHost:
    return route_v3.VirtualHost(name=name, domains=[f"{name}.test"], routes=map(route, names))


def tree(name: str, **leaves: str) -> route_v3.VirtualHost:
    host = route_v3.VirtualHost(name=name, domains=[f"{name}.test"])
    for beginning, held in leaves.items():
        action = host.matcher.matcher_tree.prefix_match_map.map[f"/{beginning}"].action
        action.name = "routes"
        action.typed_config.CopyFrom(pack(route_v3.RouteList(routes=map(route, held.split()))))
    return host


def table(*hosts: route_v3.VirtualHost) -> route_v3.RouteConfiguration:
    return route_v3.RouteConfiguration(name="t", virtual_hosts=hosts)


def left(new: route_v3.RouteConfiguration, old: route_v3.RouteConfiguration = NOTHING, *known: str) -> list[str]:
    cut(new, old, {content(route(name)) for name in known})
    return sorted(held.name for held in routes(new))


def test_of_a_host_that_differs_the_new_routes_are_left():
    old = table(listed("a", "one", "two"), tree("b", x="three", y="four"))
    new = table(listed("a", "zero", "two", "one"), tree("b", x="three five", y="four"))
    assert left(new, old) == ["five", "zero"]
    assert list(new.virtual_hosts[1].matcher.matcher_tree.prefix_match_map.map) == ["/x"]


def test_of_a_host_that_is_the_same_its_claims_are_left():
    old = table(listed("a", "one"), tree("b", x="two"))
    new = table(listed("a", "one"), tree("b", x="two"), listed("c"))
    assert left(new, old) == []
    assert [list(host.domains) for host in new.virtual_hosts] == [["a.test"], ["b.test"], ["c.test"]]
    assert not any(host.HasField("matcher") for host in new.virtual_hosts)


def test_what_stands_in_many_places_is_left_once():
    assert left(table(tree("a", x="one all", y="two all"), listed("b", "all"))) == ["all", "one", "two"]
    assert left(table(tree("a", x="one all", y="two all")), NOTHING, "all", "two") == ["one"]


def test_a_host_may_change_its_layout():
    assert left(table(tree("a", x="one two")), table(listed("a", "one"))) == ["one", "two"]
    assert left(table(listed("a", "one", "two")), table(tree("a", x="one"))) == ["one", "two"]


def test_another_matcher_stays():
    host = route_v3.VirtualHost(name="a", domains=["*"])
    host.matcher.matcher_list.matchers.add()
    new = table(host)
    assert left(new) == []
    assert new == table(host)
