"""``crossway purge``: what it asks for, and what its exit status says."""

import pytest

PATH = "POST /v1/cache/purges"
NOTHING = dict.fromkeys(("url", "prefix", "tag", "host", "route")) | {"everything": False, "soft": False}


@pytest.fixture
def purge(crossway, stand_in):
    stand_in.answers[PATH] = (201, "application/json", {"live": 3, "proxies": 3})
    return lambda *words: crossway("purge", *words, "--admin", stand_in.address)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "https://shop.example/a?b"], {"url": "https://shop.example/a?b"}),
        (["--prefix", "/a", "--soft"], {"prefix": "/a", "soft": True}),
        (["--tag", "a"], {"tag": "a"}),
        (["--host", "shop.example"], {"host": "shop.example"}),
        (["--route", "shop"], {"route": "shop"}),
        (["--route", "blue/shop"], {"route": "blue/shop"}),
        (["--route", "shop", "-n", "blue"], {"route": "blue/shop"}),
        (["--everything"], {"everything": True}),
    ],
)
def test_what_is_asked_for(purge, stand_in, words, said):
    outcome = purge(*words)
    assert (outcome.status, outcome.out, outcome.err) == (0, "live on 3/3 proxies\n", "")
    assert stand_in.asked[0].body == NOTHING | said


def test_not_live_everywhere(purge, stand_in):
    stand_in.answers[PATH] = (202, "application/json", {"live": 2, "proxies": 3})
    outcome = purge("--tag", "a")
    assert (outcome.status, outcome.out) == (1, "live on 2/3 proxies\n")
    assert "not live everywhere yet" in outcome.err


def test_what_is_refused(purge, stand_in):
    wrong = {"status": 400, "detail": "no", "errors": [{"path": "tag", "message": "url stands there too"}]}
    stand_in.answers[PATH] = (400, "application/problem+json", wrong)
    outcome = purge("--url", "/a", "--tag", "a")
    assert (outcome.status, outcome.err) == (2, "crossway: tag: url stands there too\n")


def test_of_a_directory_that_no_crossway_runs_on(crossway, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    outcome = crossway("purge", "--tag", "a", "--state", state)
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err.endswith("it is kept, and proxies are told when they come\n")
    assert "it takes one of url, prefix" in crossway("purge", "--state", state).err
