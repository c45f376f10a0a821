"""The index finds the first of the candidates, in their order, that takes a request."""

from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.model import Match, Ref
from crossway.plan.host import Candidate
from crossway.plan.route import Door
from crossway.simulation.arrival import Arrival
from crossway.simulation.condition import conditions, path_condition
from crossway.simulation.index import HostIndex, Undecided
from crossway.simulation.request import Aspect

DOOR = Door(Ref("gateways", "edge"), "http")
PATHS = [
    *("/", "/a", "/a/", "/ab", "/a/b", "/a;b", "/a%2Fb"),
    *("/*", "/a/*", "/ab/*", "/a/b/*", "/a/b/a/*"),
    *("/{x}", "/a/{x}", "/{x}/b", "/a/{x}/b", "/a/{long_name}/*", "/{x}/{y}/*", "/a/b/{x}", "/a/x{x}.{y}", "/{x}/"),
    *("^/", "^/a", "^/a/", "^/ab", "^/a/b", "^/a/b/", "^/a;", "^/a%2"),
    *("~/a.*", "~/[ab]+", "~.*b", "~/a/[^/]+", "~/.*"),
]
values = st.sampled_from(["1", {"prefix": "1"}, {"regex": "[12]+"}, {"present": True}, {"absent": True}, {"not": "1"}])
matches = st.fixed_dictionaries(
    {"path": st.sampled_from(PATHS)},
    optional={
        "methods": st.lists(st.sampled_from(["GET", "POST"]), unique=True, max_size=2),
        "headers": st.dictionaries(st.sampled_from(["x-one", "x-two"]), values, max_size=2),
        "queries": st.dictionaries(st.sampled_from(["q", "r"]), values, max_size=1),
        "cookies": st.dictionaries(st.sampled_from(["c"]), values, max_size=1),
    },
)
routes = st.lists(st.tuples(matches, st.sampled_from([0, 0, 0, -1, 1])), max_size=15)
segments = st.sampled_from(["a", "b", "ab", "", "a;b", "a%2Fb", "x1.2", "c"])
targets = st.tuples(
    st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts)) | st.just("*"),
    st.sampled_from(["", "?", "?q=1", "?r=12&q", "?/a/b"]),
).map("".join)
headers = st.dictionaries(st.sampled_from(["x-one", "x-two", "cookie"]), st.sampled_from(["1", "12", "c=1", ""]))


def ordered(entries: list[tuple[dict[str, object], int]]) -> list[Candidate]:
    found = (
        Candidate(Ref("routes", f"r{number}"), 0, Match.model_validate(match), priority, DOOR)
        for number, (match, priority) in enumerate(entries)
    )
    return sorted(found, key=lambda candidate: candidate.order)


def first(candidates: list[Candidate], arrival: Arrival) -> Candidate | None:
    """Return the same as the index, by asking one after the other."""
    for candidate in candidates:
        asked = [path_condition(candidate.match.effective_path), *conditions(candidate.match)]
        if all(condition.holds(arrival) for condition in asked):
            return candidate
    return None


@settings(max_examples=300, deadline=None)
@given(entries=routes, target=targets, method=st.sampled_from(["GET", "POST"]), given_headers=headers)
def test_the_index_finds_what_a_walk_over_all_finds(entries, target, method, given_headers):
    candidates = ordered(entries)
    arrival = Arrival(method, "a.example.org", target, given_headers, "127.0.0.1")
    assert HostIndex(candidates).first(arrival) == first(candidates, arrival)


@settings(max_examples=300, deadline=None)
@given(entries=routes, target=targets, given_headers=headers, dropped=st.sets(st.sampled_from(list(Aspect))))
def test_what_is_not_known_never_leads_to_a_wrong_answer(entries, target, given_headers, dropped):
    index = HostIndex(ordered(entries))
    truth = index.first(Arrival("GET", "a.example.org", target, given_headers, "127.0.0.1"))
    kept = {} if Aspect.HEADERS in dropped else dict(given_headers)
    if Aspect.COOKIES in dropped:
        kept.pop("cookie", None)
    path = target.partition("?")[0] if Aspect.QUERIES in dropped else target
    told = index.first(Arrival("GET", "a.example.org", path, kept, "127.0.0.1", frozenset(dropped)))
    if isinstance(told, Undecided):
        assert truth in told.outcomes
        assert told.conditions
    else:
        assert told == truth
