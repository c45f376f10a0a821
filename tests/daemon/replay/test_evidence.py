"""Law: what a replay decides without headers, cookies and queries is what it would decide with them."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.compile.envoy import names
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.replay import Replay, Side
from crossway.daemon.replay.evidence import NOTHING, Evidence
from crossway.daemon.replay.treatment import compare
from crossway.model import Match, ValueMatch
from crossway.simulation.condition import Subject, conditions
from crossway.simulation.request import Request
from crossway.simulation.router import router
from daemon.replay.scene import line, pipeline

VALUES = st.sampled_from(
    [
        "1",
        "2",
        {"prefix": "1"},
        {"present": True},
        {"absent": True},
        {"regex": "[12]"},
        {"not": "1"},
        {"not": {"prefix": "1"}},
    ]
)
NAMES = st.sampled_from(["a", "b"])


@st.composite
def routes(draw: st.DrawFn) -> dict[str, Any]:
    """Routes that overlap in every way."""
    found = {}
    for name in draw(st.sets(st.sampled_from("pqrst"), min_size=1)):
        matches = draw(
            st.lists(
                st.fixed_dictionaries(
                    {"path": st.sampled_from(["/x", "/x/*", "/*"])},
                    optional={
                        "headers": st.dictionaries(NAMES, VALUES, max_size=2),
                        "queries": st.dictionaries(NAMES, VALUES, max_size=1),
                        "cookies": st.dictionaries(NAMES, VALUES, max_size=1),
                        "methods": st.just(["GET"]),
                    },
                ),
                min_size=1,
                max_size=2,
            )
        )
        found[name] = {"matches": matches, "to": draw(st.sampled_from(["one", "two"]))}
    return found


@st.composite
def requests(draw: st.DrawFn) -> Request:
    values = st.dictionaries(NAMES, st.sampled_from(["1", "2", "12"]), max_size=2)
    headers = draw(values)
    cookies = "; ".join(f"{name}={value}" for name, value in draw(values).items())
    query = "&".join(f"{name}={value}" for name, value in draw(values).items())
    return Request(
        host="shop.example",
        path=draw(st.sampled_from(["/x", "/x/y", "/z"])) + (f"?{query}" if query else ""),
        method=draw(st.sampled_from(["GET", "PUT"])),
        headers={**headers, **({"cookie": cookies} if cookies else {})},
    )


def simulated(configuration: Pipeline, request: Request):
    """What becomes of a request of which everything is known, and the name of the Envoy route that takes it."""
    routed = configuration.ask(router).route(request)
    (treatment,) = Side(configuration).possible(request, NOTHING).treatments
    return treatment, names.route(routed.match.route, routed.match.index) if routed.match else None


def text(routes: dict[str, Any]) -> str:
    return yaml.safe_dump({"routes": routes})


@settings(deadline=None, max_examples=80)
@given(before=routes(), after=routes(), request=requests())
def test_nothing_is_decided_that_is_not_so(before, after, request):
    pipelines = pipeline(text(before)), pipeline(text(after))
    (one, taken), (other, _) = (simulated(configuration, request) for configuration in pipelines)
    replay = Replay(*map(Side, pipelines))
    path = request.path.partition("?")[0]
    not_found = {"flags": "NR", "status": 404} if taken is None else {}
    replay.run(
        filter(
            None, [replay.log.record(line(path=path, method=request.method, route=taken, user_agent=None, **not_found))]
        )
    )
    assert replay.tally.mismatches.requests == 0
    if not replay.tally.undecided:
        assert [group.what for group in replay.tally.changes] == list(filter(None, [compare(one, other)]))


@settings(deadline=None, max_examples=40)
@given(before=routes(), request=requests())
def test_the_configuration_that_ran_never_leaves_a_doubt(before, request):
    configuration = pipeline(text(before))
    _, taken = simulated(configuration, request)
    replay = Replay(Side(configuration), Side(pipeline(text(before))))
    not_found = {"flags": "NR", "status": 404} if taken is None else {}
    path = request.path.partition("?")[0]
    replay.run(filter(None, [replay.log.record(line(path=path, method=request.method, route=taken, **not_found))]))
    assert (replay.tally.unchanged, replay.tally.mismatches.requests) == (1, 0)


def condition(settings: object):
    (found,) = conditions(Match(headers={"a": ValueMatch.model_validate(settings)}))
    return found


def test_what_is_known_of_a_header():
    asked = condition("1")
    present = condition({"present": True})
    assert NOTHING.meets(condition("1")) is None
    assert Evidence({(Subject.HEADER, "a"): "1"}, frozenset(), frozenset()).meets(condition("1")) is True
    assert Evidence({(Subject.HEADER, "a"): None}, frozenset(), frozenset()).meets(condition("1")) is False
    assert Evidence({}, frozenset({asked}), frozenset()).meets(condition("1")) is True
    assert Evidence({}, frozenset(), frozenset({frozenset({asked})})).meets(condition("1")) is False
    assert Evidence({}, frozenset(), frozenset({frozenset({asked, present})})).meets(condition("1")) is None
    assert Evidence({}, frozenset({present}), frozenset()).meets(condition({"absent": True})) is False
    assert Evidence({}, frozenset(), frozenset({frozenset({present})})).meets(condition({"absent": True})) is True
    assert Evidence({}, frozenset({asked}), frozenset()).meets(condition({"not": "1"})) is False
    assert Evidence({}, frozenset(), frozenset({frozenset({condition({"not": "1"})})})).meets(asked) is True
