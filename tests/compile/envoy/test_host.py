from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.envoy.host import by_beginning
from crossway.model import Match, PathKind, PathMatch, Ref
from crossway.plan.host import Candidate
from crossway.plan.route import Door

DOOR = Door(Ref("gateways", "edge"), "http")
segments = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3)
paths = st.one_of(
    segments.map(lambda names: PathMatch(kind=PathKind.EXACT, value="/" + "/".join(names))),
    segments.map(lambda names: PathMatch(kind=PathKind.EXACT, value="/" + "".join(f"{name}/" for name in names))),
    segments.map(lambda names: PathMatch(kind=PathKind.PREFIX, value="/" + "/".join(names))),
    segments.map(lambda names: PathMatch(kind=PathKind.TEMPLATE, value="/" + "/".join([*names, "{x}"]))),
    st.sampled_from(["/", "/a", "/a/", "/ab", "/a/b", "/ab/", "/a/b/a"]).map(
        lambda text: PathMatch(kind=PathKind.STARTS_WITH, value=text)
    ),
    st.just(PathMatch(kind=PathKind.REGEX, value="/a.*")),
)


def candidates(wanted: list[PathMatch]) -> list[Candidate]:
    found = [Candidate(Ref("routes", f"r{n}"), 0, Match(path=path), 0, DOOR) for n, path in enumerate(wanted)]
    return sorted(found, key=lambda candidate: candidate.order)


def may_take(path: PathMatch, actual: str) -> bool:
    """Return whether *path* can match *actual*, as far as its literal beginning tells."""
    if path.kind is PathKind.EXACT:
        return actual == path.value
    if path.kind is PathKind.STARTS_WITH:
        return actual.startswith(path.value)
    return path.literal == "/" or actual == path.literal or actual.startswith(path.literal + "/")


@given(st.lists(paths, max_size=8), st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=4))
def test_the_leaf_of_a_path_has_every_route_that_may_take_it_in_their_order(wanted, actual):
    tried = candidates(wanted)
    leaves = by_beginning(tried)
    path = "/" + "/".join(actual)
    leaf = leaves[max((beginning for beginning in leaves if path.startswith(beginning)), key=len)]
    assert [item for item in leaf if may_take(item.match.effective_path, path)] == [
        item for item in tried if may_take(item.match.effective_path, path)
    ]
    positions = [tried.index(item) for item in leaf]
    assert positions == sorted(set(positions))
