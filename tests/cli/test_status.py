import pytest
import yaml

PROXY = {"id": "one", "view": "*", "address": "unix:", "live": True, "version": "v", "warming": [], "refused": []}
WELL = {
    "revision": 3,
    "last_good": False,
    "refused": False,
    "resources": 4,
    "findings": [],
    "proxies": [PROXY],
}
REFUSED = [{"resource": "a", "message": "bad"}, {"resource": None, "message": "who knows"}]
FINDING = {"code": "a.b", "severity": "error", "message": "bad", "path": "routes.a.to", "hint": "", "file": "x.yaml"}
FINDING |= {"line": 2, "column": 3, "expected": None, "resource": "routes.a"}


@pytest.fixture
def status_of(crossway, stand_in):
    def ask(state, *words):
        stand_in.answers["GET /v1/status"] = state
        return crossway("status", "--admin", stand_in.address, *words)

    return ask


def test_all_is_well(status_of):
    outcome = status_of(WELL)
    assert (outcome.status, outcome.out) == (
        0,
        "revision 3 is live, 4 resources\nproxy one: live (view *, from unix:)\n",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"refused": True}, "the newest configuration is REFUSED"),
        ({"findings": [FINDING]}, "x.yaml:2:3: error: routes.a.to: bad [a.b]"),
        ({"proxies": [PROXY | {"live": False}]}, "proxy one: behind (view *, from unix:)"),
        ({"proxies": [PROXY | {"live": False, "warming": ["a"]}]}, "proxy one: behind, warming a (view *, from unix:)"),
        ({"proxies": [PROXY | {"refused": REFUSED}]}, "proxy one: refused a, who knows (view *, from unix:)"),
    ],
)
def test_something_is_wrong(status_of, change, said):
    outcome = status_of(WELL | change)
    assert outcome.status == 1
    assert said in outcome.out.splitlines()


def test_warnings_are_said_and_are_no_failure(status_of):
    outcome = status_of(WELL | {"findings": [FINDING | {"severity": "warning"}]})
    assert outcome.status == 0
    assert "warning: routes.a.to: bad" in outcome.out


def test_the_last_good_snapshot(status_of):
    outcome = status_of(WELL | {"last_good": True})
    assert outcome.out.startswith("the last good snapshot of an earlier run is live")


@pytest.mark.parametrize(("trouble", "status"), [("", 0), ("connection refused", 1)])
def test_a_proxy_that_joined(status_of, trouble, status):
    outcome = status_of({"control": "c:7443", "trouble": trouble, "resources": 4})
    assert outcome.status == status
    assert outcome.out.startswith("joined the control plane at c:7443, 4 resources\n")
    assert trouble in outcome.out


OBJECTS = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: crossway
  listeners: [{name: http, port: 8080, protocol: HTTP}]
"""


@pytest.fixture
def objects(tmp_path):
    file = tmp_path / "objects.yaml"
    file.write_text(OBJECTS)
    return file


def test_of_files_it_tells_the_status_of_objects(crossway, objects):
    outcome = crossway("status", objects)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "Gateway infra/edge",
        "  Accepted, Programmed, ResolvedRefs",
        "  listener http: Accepted, Programmed, ResolvedRefs",
    ]


def test_files_that_cannot_be_read_have_no_status(crossway, objects):
    objects.write_text("apiVersion: [")
    outcome = crossway("status", objects, "--format", "yaml")
    assert outcome.status == 1
    assert "error" in outcome.err


def test_files_without_objects_have_no_status(crossway, shop):
    assert crossway("status", shop).status == 1


def test_a_file_that_is_missing_is_said(crossway, tmp_path):
    outcome = crossway("status", tmp_path / "nope.yaml")
    assert (outcome.status, outcome.out) == (1, "")
    assert "there is no such file" in outcome.err


def test_the_state_of_a_crossway_can_be_yaml(status_of):
    assert yaml.safe_load(status_of(WELL, "--format", "yaml").out) == WELL
