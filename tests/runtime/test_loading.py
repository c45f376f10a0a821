import asyncio
import os
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from crossway.compile.program import Code, digest
from crossway.runtime.loading import ProgramError, load, release


def test_one_code_is_loaded_once() -> None:
    code = Code("once.py", "things = []")
    assert load(code) is load(code)
    assert load(Code("once.py", "things = [] ")) is not load(code)
    assert load(code).__name__ == f"crossway_code_{digest(code)}"
    assert load(code).__file__ == "once.py"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def it(:\n  pass", "bad.py:1: invalid syntax"),
        ("\nimport nonesuch", "bad.py:2: ModuleNotFoundError: No module named 'nonesuch'"),
        ("\n\nraise ValueError('two\\nlines')", "bad.py:3: ValueError: two lines"),
        ("import json\njson.loads('{')", "bad.py:2: JSONDecodeError: Expecting property name"),
        ("import sys\nsys.exit(3)", "bad.py:2: ends the program (3)"),
        ("raise KeyboardInterrupt", "bad.py:1: KeyboardInterrupt"),
        ("raise MemoryError", "bad.py:1: needs more memory than there is"),
        ("x = '\0'", "bad.py: "),
    ],
)
def test_code_that_does_not_load_is_told_with_its_place(text: str, message: str) -> None:
    code = Code("bad.py", text)
    for _ in range(2):
        with pytest.raises(ProgramError) as told:
            load(code)
        assert str(told.value).startswith(message)
        assert "\n" not in str(told.value)
    assert f"crossway_code_{digest(code)}" not in sys.modules


def test_code_that_hangs_is_given_up_and_ended() -> None:
    code = Code("hangs.py", "\nwhile True:\n    pass")
    begun = time.monotonic()
    with pytest.raises(ProgramError, match=r"hangs.py:[23]: loading takes longer than 0.1 seconds"):
        load(code, 0.1)
    assert time.monotonic() - begun < 2
    for thread in threading.enumerate():
        if thread.name == f"crossway_code_{digest(code)}":
            thread.join(5)
            assert not thread.is_alive()


def test_code_that_does_not_load_is_executed_once_while_anybody_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    code = Code("once_only.py", "print('tried')\nraise ValueError")
    for _ in range(2):
        with pytest.raises(ProgramError, match=r"once_only.py:2: ValueError"):
            load(code)
    assert capsys.readouterr().out == "tried\n"
    release(())
    with pytest.raises(ProgramError):
        load(code)
    assert capsys.readouterr().out == "tried\n"


def test_code_that_is_loaded_is_there_while_other_code_takes_its_time(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    module = load(Code("quick.py", ""))
    thread = threading.Thread(target=load, args=(Code("slow.py", f"with open({str(gate)!r}) as gate: gate.read()"),))
    thread.start()
    with gate.open("w"):  # which waits for the other end
        assert load(Code("quick.py", "")) is module
        assert thread.is_alive()
    thread.join()


def test_code_that_was_not_loaded_is_an_installed_module() -> None:
    assert load(Code("colours", module="colorsys")) is sys.modules["colorsys"]
    with pytest.raises(ProgramError, match="nonesuch: ModuleNotFoundError"):
        load(Code("nonesuch", module="nonesuch.plugins"))


def test_an_error_in_it_is_shown_with_its_lines() -> None:
    module = load(Code("shown.py", "def it():\n    return 1 / 0  # here\n"))
    with pytest.raises(ZeroDivisionError) as raised:
        module.it()
    text = "".join(traceback.format_exception(raised.value))
    assert 'File "shown.py", line 2, in it' in text
    assert "return 1 / 0  # here" in text


def test_dataclasses_and_annotations_find_their_module() -> None:
    text = """
from __future__ import annotations
from dataclasses import dataclass
from pydantic import BaseModel
@dataclass
class One:
    size: int
class Other(BaseModel):
    parts: list[Part]
class Part(BaseModel):
    size: int
Other.model_rebuild()
"""
    module = load(Code("models.py", text))
    assert module.Other.model_validate({"parts": [{"size": 3}]}).parts[0].size == 3


def test_modules_beside_it_go_live_with_a_new_version_and_old_code_keeps_the_old_ones(tmp_path: Path) -> None:
    beside = tmp_path / "beside_it.py"
    package = tmp_path / "a_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("WORD = 'one'")
    beside.write_text("from a_package.inner import WORD")
    text = "import beside_it, json\ndef it():\n    return beside_it.WORD\n"
    old = load(Code("it.py", text, directory=str(tmp_path), version="1"))
    assert old.it() == "one"
    (package / "inner.py").write_text("WORD = 'two'")  # as long as before, and within the same second
    same = load(Code("it.py", text + "\n", directory=str(tmp_path), version="1"))
    assert same.it() == "one"
    json = sys.modules["json"]
    new = load(Code("it.py", text, directory=str(tmp_path), version="2"))
    assert (new.it(), old.it()) == ("two", "one")
    assert sys.modules["json"] is json
    assert not list(tmp_path.rglob("*.pyc"))


def test_a_module_beside_it_takes_the_place_of_no_other(tmp_path: Path) -> None:
    (tmp_path / "colorsys.py").write_text("raise RuntimeError('the wrong one')")
    sys.modules.pop("colorsys", None)
    load(Code("it.py", "import colorsys", directory=str(tmp_path)))
    assert Path(str(sys.modules["colorsys"].__file__)).parent != tmp_path


def test_what_is_installed_below_its_directory_is_not_loaded_again(tmp_path: Path) -> None:
    site = tmp_path / ".venv" / "site-packages"
    site.mkdir(parents=True)
    (site / "installed_there.py").write_text("")
    sys.path.append(str(site))
    try:
        load(Code("it.py", "import installed_there", directory=str(tmp_path), version="1"))
        before = sys.modules["installed_there"]
        load(Code("it.py", "import installed_there", directory=str(tmp_path), version="2"))
        assert sys.modules["installed_there"] is before
    finally:
        sys.path.remove(str(site))


def test_code_that_is_not_used_any_more_is_forgotten() -> None:
    one, other = Code("one.py", "size = 1"), Code("other.py", "size = 2")
    kept = load(one)
    load(other)
    release({digest(one)})
    assert load(one) is kept
    assert f"crossway_code_{digest(other)}" not in sys.modules


async def test_code_may_use_the_loop_of_a_thread_that_is_not_its_own() -> None:
    code = Code("loop.py", "import asyncio\nasync def it(): return 1\nsaid = asyncio.run(it())")
    assert (await asyncio.to_thread(load, code)).said == 1
