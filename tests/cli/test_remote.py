"""Questions to a Crossway: which one is asked, and what is said when it does not answer or turns them down."""

import pytest

from crossway.cli.options import Where
from crossway.cli.remote import TOKEN
from crossway.cli.remote import crossway as connect
from crossway.errors import NotFound, RemoteError, UserError
from harness.certificates import Authority
from harness.ports import free_port
from harness.stand_in import standing

PROBLEM = "application/problem+json"
STATUS = "GET /v1/status"


@pytest.fixture
def ask(stand_in, monkeypatch):
    """Ask for the status, and return what is answered."""
    monkeypatch.delenv(TOKEN, raising=False)

    def run(**options):
        with connect(Where(**{"admin": stand_in.address, **options})) as asked:
            return asked.ask("/v1/status")

    return run


def test_nobody_answers(crossway):
    port = free_port()
    for verb in (["status"], ["routes"], ["show", "xds"], ["history"], ["get"]):
        outcome = crossway(*verb, "--admin", f"127.0.0.1:{port}")
        assert outcome.status == (1 if verb == ["status"] else 2)
        assert outcome.err.startswith(f"crossway: nobody answers at 127.0.0.1:{port} (Connection refused)")
        assert outcome.out == ""


def test_no_crossway_runs_here(crossway, tmp_path):
    for verb in (["status"], ["routes"], ["show", "xds"]):
        outcome = crossway(*verb, "--state", tmp_path)
        assert outcome.status == (1 if verb == ["status"] else 2)
        assert outcome.err.startswith(f"crossway: no Crossway runs on {tmp_path}: is `crossway run` running")


def test_a_directory_that_there_is_not(crossway, tmp_path):
    outcome = crossway("history", "--state", tmp_path / "none")
    assert outcome.status == 2
    assert outcome.err.startswith(f"crossway: there is no {tmp_path}/none, and no Crossway runs on it")


def test_the_token_is_in_the_environment_or_a_file(ask, stand_in, monkeypatch, tmp_path):
    stand_in.answers[STATUS] = {}
    ask()
    monkeypatch.setenv(TOKEN, "cw_1_one\n")
    ask()
    (tmp_path / "token").write_text("cw_2_two\n")
    ask(token_file=tmp_path / "token")
    assert [asked.headers.get("Authorization") for asked in stand_in.asked] == [
        None,
        "Bearer cw_1_one",
        "Bearer cw_2_two",
    ]


def test_a_token_file_that_is_not_there(ask, tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        ask(token_file=tmp_path / "none")


@pytest.mark.parametrize(
    ("token", "status", "error", "said"),
    [
        ("", 401, UserError, "wants a token: put it into CROSSWAY_TOKEN, or into a file for --token-file"),
        ("cw_1", 401, UserError, "does not take this token: it is revoked"),
        ("cw_1", 403, UserError, "this token may not do that: it is revoked"),
        ("", 404, NotFound, "it is revoked"),
        ("", 400, UserError, "it is revoked"),
        ("", 409, UserError, "it is revoked"),
        ("", 503, RemoteError, "cannot answer: it is revoked"),
    ],
)
def test_problems_are_sentences(ask, stand_in, monkeypatch, token, status, error, said):
    monkeypatch.setenv(TOKEN, token)
    stand_in.answers[STATUS] = (status, PROBLEM, {"title": "No", "status": status, "detail": "it is revoked"})
    with pytest.raises(error, match=said):
        ask()


def test_what_is_wrong_with_each_field_is_said(ask, stand_in):
    errors = [{"path": "timeout", "message": "this is too long"}, {"path": "base", "message": "Expected int"}]
    stand_in.answers[STATUS] = (400, PROBLEM, {"detail": "see errors", "errors": errors})
    with pytest.raises(UserError, match=r"^timeout: this is too long; base: Expected int$"):
        ask()


def test_an_older_server(ask, stand_in):
    with pytest.raises(UserError, match=r"has no /v1/status: only a control plane can say that"):
        ask()
    stand_in.answers[STATUS] = (404, PROBLEM, {"title": "Not Found", "status": 404, "detail": "Not Found"})
    with pytest.raises(UserError, match=r"has no /v1/status"):
        ask()
    stand_in.answers[STATUS] = (502, "text/html", "")
    with pytest.raises(RemoteError, match=r"answers with status 502: is it Crossway"):
        ask()


@pytest.mark.parametrize("admin", ["ftp://127.0.0.1:1", "127.0.0.1:port", "http://", ":7070"])
def test_an_address_that_is_none(ask, admin):
    with pytest.raises(UserError, match=r"is neither host:port nor a URL with http or https"):
        ask(admin=admin)


def test_a_path_before_those_of_the_api(ask, stand_in):
    stand_in.answers["GET /edge/v1/status"] = {"yes": True}
    assert ask(admin=f"http://{stand_in.address}/edge/") == {"yes": True}


def test_no_token_is_sent_in_clear_over_a_network(ask, monkeypatch):
    monkeypatch.setenv(TOKEN, "cw_1")
    with pytest.raises(UserError, match="the token would be readable on its way"):
        ask(admin="http://control.invalid:7070")


def test_https_trusts_whom_it_is_told(ask, tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_text(authority.pem)
    with standing(authority.server("localhost")) as stand_in:
        stand_in.answers[STATUS] = {"yes": True}
        admin = f"localhost:{stand_in.address.partition(':')[2]}"
        assert ask(admin=f"https://{admin}", ca=tmp_path / "ca.pem") == {"yes": True}
        with pytest.raises(RemoteError, match=r"cannot be trusted .*: name the authority that issued it with --ca"):
            ask(admin=f"https://{admin}")
        with pytest.raises(UserError, match=r"--ca .* cannot be used"):
            ask(admin=f"https://{admin}", ca=tmp_path / "none")
        with pytest.raises(RemoteError, match=r"broke off, or is no Crossway"):
            ask(admin=admin)
