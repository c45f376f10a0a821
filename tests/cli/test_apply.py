"""What `crossway apply` sends, and how it says what becomes of it."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.applied import FINDING, SAID, STEPS, applied

COMMAND = Path(sys.executable).with_name("crossway")
URL = "POST /v1/changesets"
LIVE = "live on 12/12 proxies at revision 41\n"


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text("routes: {}\n")
    return file


@pytest.fixture
def apply(crossway, stand_in):
    def run(*words, said=None):
        stand_in.answers[URL] = [*STEPS, {"applied": said or applied("live")}]
        outcome = crossway("apply", *words, "--admin", stand_in.address)
        return outcome, (stand_in.asked or [None])[-1]

    return run


def test_the_steps_and_the_end(apply, file):
    outcome, asked = apply(file)
    assert (outcome.status, outcome.out) == (0, LIVE)
    assert outcome.err == "crossway: 2 resources differ (0.01 s)\ncrossway: live on 12/12 proxies (0.10 s)\n"
    assert asked.headers["Accept"] == "application/x-ndjson"
    assert asked.body == {
        "documents": [{"name": str(file), "text": "routes: {}\n"}],
        "prune": False,
        "message": "",
        "dry_run": False,
        "wait": True,
        "timeout": "60s",
        "strict": False,
    }


def test_every_option_is_sent(apply, file):
    words = ["--prune", "--dry-run", "--no-wait", "--strict", "--timeout", "5s", "--base", "40", "-m", "why"]
    _, asked = apply(file, *words, "--guard", "1%", "--guard-for", "30s")
    del asked.body["documents"]
    assert asked.body == {
        "prune": True,
        "message": "why",
        "dry_run": True,
        "wait": False,
        "timeout": "5s",
        "strict": True,
        "base": 40,
        "guard": {"errors": "1%", "window": "30s"},
    }


def test_directories_and_standard_input(apply, file, monkeypatch):
    (file.parent / "more").mkdir()
    (file.parent / "more" / "b.toml").write_text("[routes]\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("services: {}\n"))
    _, asked = apply(file.parent, file, "-")
    assert asked.body["documents"] == [
        {"name": str(file), "text": "routes: {}\n"},
        {"name": str(file.parent / "more" / "b.toml"), "text": "[routes]\n"},
        {"name": "stdin", "text": "services: {}\n"},
    ]


def test_a_file_that_is_not_there_is_refused_here(apply, tmp_path):
    outcome, asked = apply(tmp_path / "none.yaml")
    assert (outcome.status, asked) == (1, None)
    missing, last = outcome.out.splitlines()
    assert missing.endswith("there is no such file or directory [file.missing]")
    assert last == "refused: nothing was changed"


def test_no_file_at_all(apply):
    outcome, _ = apply()
    assert outcome.status == 2
    assert outcome.err.startswith("crossway: say which files: ")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (applied("refused", findings=[FINDING]), 1),
        (applied("rolled_back", findings=[FINDING]), 1),
        (applied("live", findings=[FINDING], quarantined=["routes.a"]), 3),
    ],
)
def test_what_is_wrong_is_said(apply, file, said, status):
    outcome, _ = apply(file, said=said)
    assert outcome.status == status
    assert SAID in outcome.out.splitlines()


@pytest.mark.parametrize("begun", [[], STEPS])
def test_somebody_else_was_quicker(crossway, stand_in, file, begun):
    problem = {"title": "Precondition Failed", "status": 412, "detail": "routes.a was changed by token:ci since 40"}
    stand_in.answers[URL] = [*begun, {"problem": problem}] if begun else (412, "application/problem+json", problem)
    outcome = crossway("apply", file, "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.endswith("crossway: routes.a was changed by token:ci since 40\n")


def test_an_answer_that_breaks_off(crossway, stand_in, file):
    stand_in.answers[URL] = STEPS
    outcome = crossway("apply", file, "--admin", stand_in.address)
    assert outcome.status == 2
    assert outcome.err.endswith("broke off; `crossway history` says what became of the change\n")


def test_at_a_terminal_the_steps_stay(stand_in, file):
    stand_in.answers[URL] = [*STEPS, {"applied": applied("live")}]
    controller, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    ended = subprocess.run(
        [COMMAND, "apply", file, "--admin", stand_in.address],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment,
        check=True,
        text=True,
    )
    os.close(terminal)
    shown = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", os.read(controller, 100_000).decode())
    os.close(controller)
    assert ended.stdout == LIVE
    assert "✓ 2 resources differ (0.01 s)" in shown
    assert shown.rstrip().endswith("✓ live on 12/12 proxies (0.10 s)")


def test_ctrl_c_says_that_the_change_goes_on(file):
    asked, ended = threading.Event(), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            ended.wait(30)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        process = subprocess.Popen(
            [COMMAND, "apply", file, "--admin", f"127.0.0.1:{server.server_port}"], stderr=subprocess.PIPE, text=True
        )
        try:
            assert asked.wait(30)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        finally:
            ended.set()
            server.shutdown()
            serving.join()
    assert process.returncode == 130
    assert said.startswith("crossway: the change goes on; `crossway history` says what becomes of it")
    assert "Traceback" not in said


def test_an_app_is_run_and_not_applied(crossway, tmp_path):
    outcome = crossway("apply", tmp_path / "app.py")
    assert outcome.status == 2
    assert "crossway run" in outcome.err
