import pytest

WELL = {
    "revision": 3,
    "refused": False,
    "resources": 4,
    "findings": [],
    "proxies": [{"id": "one", "view": "*", "address": "unix:", "live": True, "version": "v", "refused": []}],
}
FINDING = {"code": "a.b", "severity": "error", "message": "bad", "path": "routes.a.to", "hint": "", "file": "x.yaml"}
FINDING |= {"line": 2, "column": 3}


def test_all_is_well(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL))
    assert (outcome.status, outcome.out) == (
        0,
        "revision 3 is live, 4 resources\nproxy one: live (view *, from unix:)\n",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"refused": True}, "the newest configuration is REFUSED"),
        ({"findings": [FINDING]}, "x.yaml:2:3: error: routes.a.to: bad [a.b]"),
        ({"proxies": [WELL["proxies"][0] | {"live": False}]}, "proxy one: behind (view *, from unix:)"),
        ({"proxies": [WELL["proxies"][0] | {"refused": ["a", "b"]}]}, "proxy one: refused a, b (view *, from unix:)"),
    ],
)
def test_something_is_wrong(crossway, saying, change, said):
    outcome = crossway("status", "--admin", saying(WELL | change))
    assert outcome.status == 1
    assert said in outcome.out.splitlines()


def test_warnings_are_said_and_are_no_failure(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL | {"findings": [FINDING | {"severity": "warning"}]}))
    assert outcome.status == 0
    assert "warning: routes.a.to: bad" in outcome.out


def test_the_last_good_snapshot(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL | {"revision": 0}))
    assert outcome.out.startswith("the last good snapshot of an earlier run is live")


@pytest.mark.parametrize(("trouble", "status"), [("", 0), ("connection refused", 1)])
def test_a_proxy_that_joined(crossway, saying, trouble, status):
    outcome = crossway("status", "--admin", saying({"control": "c:7443", "trouble": trouble, "resources": 4}))
    assert outcome.status == status
    assert outcome.out.startswith("joined the control plane at c:7443, 4 resources\n")
    assert trouble in outcome.out
