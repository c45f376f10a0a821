from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from crossway.cli import main


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Crossway = Callable[..., Outcome]


@pytest.fixture
def crossway(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Crossway:
    """The command line, in this process: its words in, its exit status and what it wrote out."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: Any) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        written = capsys.readouterr()
        return Outcome(ended.value.code or 0, written.out, written.err)

    return run
