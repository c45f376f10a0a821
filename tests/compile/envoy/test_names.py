from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.compile.envoy import names
from crossway.model import Ref
from plan.planning import pipeline

ONE = {
    "gateways": "edge: {listeners: {http: 8080, secure: {port: 8443, tls: {certificates: [web]}}}}",
    "services": "one: http://127.0.0.1:1",
    "routes": "r: {matches: [{path: /r}, {path: /s}], to: one}",
    "certificates": "web: {certificate: a, key: b}",
}
SIBLINGS = {
    "gateways": ["aaa: {listeners: {http: 8081}}", "zzz: {listeners: {http: 8080}}"],
    "services": ["aaa: http://127.0.0.1:2", "zzz: {endpoints: ['a.test:1']}"],
    "routes": [
        "aaa: {to: one, matches: [{path: /r}]}",
        "zzz: {respond: {}, priority: 9}",
        "q: {hostnames: [q.test], to: one}",
    ],
    "certificates": ["aaa: {ca: c}", "zzz: {certificate: a, key: b}"],
}


def text(more: dict[str, list[str]]) -> str:
    return "".join(
        f"{kind}:\n" + "".join(f"  {entry}\n" for entry in [own, *more.get(kind, [])]) for kind, own in ONE.items()
    )


def given_names(more: dict[str, list[str]]) -> set[tuple[str, str]]:
    return {(item.type_url, item.name) for item in pipeline(text(more)).resources()}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.fixed_dictionaries({kind: st.lists(st.sampled_from(some), unique=True) for kind, some in SIBLINGS.items()}))
def test_no_name_depends_on_a_sibling(siblings):
    assert given_names({}) <= given_names(siblings)


refs = st.builds(
    lambda name, namespace: Ref("x", name, namespace),
    st.sampled_from(["a", "b", "a.b"]),
    st.sampled_from(["default", "a", "b"]),
)


@given(refs, refs, st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2]), st.sampled_from([80, 81]))
def test_two_objects_never_have_one_name(one, other, index, position, port):
    if one != other:
        assert names.cluster(one) != names.cluster(other)
        assert names.secret(one) != names.authorities(other)
        assert names.secret(one) != names.secret(other)
        assert names.table(one, "http") != names.table(other, "http")
        assert names.listener(one, "::", port, "tcp") != names.listener(other, "::", port, "tcp")
    assert names.secret(one) != names.authorities(one)
    assert (names.route(one, index) == names.route(other, position)) == ((one, index) == (other, position))


def test_a_route_is_found_by_its_name():
    for ref in (Ref("routes", "a"), Ref("routes", "a", "shop")):
        assert {names.route_ref(names.route(ref, index)) for index in (0, 1, 12)} == {ref}
