from msgspec import Raw, json

from crossway.compile.envoy import process
from crossway.compile.program import PROCESS, SERVER, Code, Entry, PluginStep, Program, Step, digest, step_word
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.service.discovery import v3 as discovery

CODE = Code("site.py", "")


def entry(*kinds: str, name: str = "site", about: str = "routes.site") -> Entry:
    step = PluginStep(name, digest(CODE), name)
    return Entry(about, tuple(Step(kind, Raw(json.encode(step))) for kind in kinds), "inner", "word")


def test_what_is_the_only_python_of_its_route_is_forwarded() -> None:
    assert process.is_forwarded(entry(SERVER))
    assert not process.is_forwarded(entry(PROCESS))
    assert not process.is_forwarded(entry(PROCESS, SERVER))


def test_a_route_says_which_step_is_meant() -> None:
    route = process.forward(entry(SERVER))
    headers = {option.header.key: option.header.value for option in route.request_headers_to_add}
    assert headers["x-crossway-entry"] == step_word(entry(SERVER), 0)
    assert route.route.cluster.startswith("crossway/process/")
    assert route.route.HasField("timeout")
    assert not route.route.timeout.ToTimedelta()


def test_there_is_one_cluster_for_all_routes_of_a_process() -> None:
    entries = (entry(SERVER), entry(SERVER, about="routes.other"), entry(SERVER, name="other"), entry(PROCESS))
    program = Program({digest(each): each for each in entries}, {digest(CODE): CODE})
    found = list(process.clusters(program))
    assert len(found) == 2
    routed = {process.forward(each).route.cluster for each in entries[:3]}
    assert {resource.name for resource in found} == routed
    for resource in found:
        wire = discovery.Resource.FromString(resource.wire)
        cluster = cluster_v3.Cluster.FromString(wire.resource.value)
        (endpoint,) = cluster.load_assignment.endpoints[0].lb_endpoints
        assert endpoint.endpoint.address.pipe.path == f"{resource.name.rpartition('/')[2]}.process"
