import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec import json

from crossway.compile.program import Bounds, Code
from crossway.model import Plugin, Ref
from crossway.runtime.describing import as_configured, code_of, describe

HEAD = """
import os, sys, time, signal, types, threading, subprocess
from pydantic import BaseModel
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Head, Next, Plugin, plugin
"""


def described(text: str, attribute: str = "it", time_limit: float = 10.0):
    (found,) = describe(Code("it.py", HEAD + dedent(text)), [attribute], time_limit)
    return found


def test_a_plugin_says_its_hooks_its_settings_and_its_documentation() -> None:
    found = described('''
        class Inner(BaseModel):
            size: int = 3
        class Settings(BaseModel):
            header: str = "x-stamp"
            inner: Inner = Inner()
        print("code may print", flush=True)
        @plugin
        async def it(head: Head, settings: Settings):
            """Stamp requests."""
    ''')
    assert (found.hooks, found.documentation, found.problem) == (("head",), "Stamp requests.", "")
    schema = json.decode(found.schema)
    assert list(schema["properties"]) == ["header", "inner"]
    assert not schema["additionalProperties"]
    assert not schema["$defs"]["Inner"]["additionalProperties"]


def test_a_plugin_without_settings_takes_none() -> None:
    found = described("class it(Plugin):\n    async def on_head(self, head): ...")
    assert json.decode(found.schema) == {"type": "object", "properties": {}, "additionalProperties": False}


def test_an_attribute_may_be_inside_another() -> None:
    found = described("class all:\n    class it(Plugin):\n        async def on_head(self, head): ...", "all.it")
    assert (found.hooks, found.problem) == (("head",), "")


def test_all_that_is_asked_of_one_code_is_answered_by_one_process(tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    text = "@plugin\nasync def one(head): ...\n@plugin\nasync def two(request): ..."
    code = Code("it.py", f"{HEAD}open({str(loaded)!r}, 'a').write('x')\n{text}")
    one, two, three = describe(code, ["one", "two", "three"])
    assert (one.hooks, two.hooks, three.hooks) == (("head",), ("request",), ())
    assert three.problem == "it.py has no 'three'; it has one, two"
    assert loaded.read_text() == "x"
    first, second = describe(Code("it.py", "import nonesuch"), ["one", "two"])
    assert first.problem == second.problem == "it.py:1: ModuleNotFoundError: No module named 'nonesuch'"


PROBLEMS = {
    "def it(:": "it.py:6: invalid syntax",
    "import nonesuch": "it.py:6: ModuleNotFoundError: No module named 'nonesuch'",
    "raise ValueError('bad')": "it.py:6: ValueError: bad",
    "sys.exit(3)": "it.py:6: ends the program (3)",
    "os._exit(3)": "it.py: it ends the process while it is loaded (exit code 3)",
    "os.kill(os.getpid(), signal.SIGTERM)": "it.py: it ends the process while it is loaded (signal 15)",
    "os.abort()": "it.py: while it is loaded, the process crashes (SIGABRT), or needs more than 1024 MiB of memory",
    "import ctypes; ctypes.string_at(0)": "it.py: while it is loaded, the process crashes (SIGSEGV)",
    "b = bytearray(2**31)": "it.py:6: needs more memory than there is",
    "b = []\nwhile True: b.append(bytes(10**7))": "it.py:7: needs more memory than there is",
    "os.closerange(3, 4096)": "it.py: it ends the process while it is loaded (exit code 1)",
    "it = 3": "it.py: it is no plugin: it is neither a function with @plugin nor a class",
    "async def it(head): ...": "it.py:6: it is a function without @plugin",
    "class it(Plugin): ...": "it.py:6: it has none of the methods on_head, on_request",
    "@plugin\nasync def it(other): ...": "it.py:6: the parameter other of it means nothing",
    "@plugin\nasync def its(head): ...": "it.py has no 'it'; did you mean 'its'?",
    "@plugin\nasync def stamp(head): ...": "it.py has no 'it'; it has stamp",
    "": "it.py has no 'it', and no plugin at all",
    "class it(Plugin):\n  settings: int\n  async def on_head(self, head): ...": "it.py:6: the settings of it are no py",
    (
        "class S(BaseModel):\n  model_config = {'arbitrary_types_allowed': True}\n  f: types.ModuleType\n"
        "@plugin\nasync def it(head, settings: S): ..."
    ): "it.py:9: its settings have a field that JSON cannot hold",
    "class S(BaseModel):\n  f: 'Later'\n@plugin\nasync def it(head, s: S): ...": "it.py:8: its settings are not compl",
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_whatever_goes_wrong_is_the_problem_of_the_plugin(text: str) -> None:
    (found,) = describe(Code("it.py", HEAD + text), ["it"])
    assert found.problem.startswith(PROBLEMS[text])
    assert "\n" not in found.problem
    assert found.hooks == ()


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "time.sleep(100)",
        "while True:\n  try:\n    while True: time.sleep(0.01)\n  except BaseException: pass",
        "sys.stdin.read()\ntime.sleep(100)",
    ],
)
def test_code_that_hangs_has_an_end(text: str) -> None:
    begun = time.monotonic()
    found = described(text, time_limit=0.2)
    assert "loading takes longer than 0.2 seconds" in found.problem
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "text", ["threading.Thread(target=time.sleep, args=(100,)).start()", "os.fork() or time.sleep(100)"]
)
def test_what_code_leaves_running_is_ended(text: str) -> None:
    begun = time.monotonic()
    found = described(f"{text}\n@plugin\nasync def it(head): ...")
    assert found.hooks == ("head",)
    assert time.monotonic() - begun < 5


def test_a_process_that_describes_imports_little() -> None:
    text = "import sys, crossway.runtime.describe; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in ran.stdout.split()} - sys.stdlib_module_names
    assert packages <= {
        "__main__", "annotated_types", "crossway", "msgspec", "pydantic", "pydantic_core", "typing_extensions",
        "typing_inspection", "_distutils_hack", "sitecustomize", "site",
    } | {name for name in packages if name.startswith("_")}  # fmt: skip


def test_the_code_of_a_resource_is_its_text_its_file_or_its_module() -> None:
    ref = Ref("plugins", "stamp")
    texts = {"plugins/stamp.py": "x = 1"}
    assert code_of(ref, Plugin(source="x = 2"), texts.__getitem__) == Code("plugins.stamp", "x = 2")
    assert code_of(ref, Plugin(module="shop.stamp"), texts.__getitem__) == Code("stamp", module="shop.stamp")
    of_file = code_of(ref, Plugin(file="plugins/stamp.py"), texts.__getitem__)
    assert (of_file.name, of_file.text) == ("plugins/stamp.py", "x = 1")
    assert of_file.directory.endswith("/plugins")


def test_what_a_resource_says_beside_its_code_is_kept() -> None:
    found = described("@plugin\nasync def it(head): ...")
    plugin = Plugin(source="", deadline="200ms", failure="open")
    assert as_configured(found, plugin).bounds == Bounds(0.2, "open", "proxy", 512 * 2**20, 0.2)
    plugin = Plugin(source="", isolation="process", memory="1GiB", cpu_time="3s")
    assert as_configured(found, plugin).bounds == Bounds(1.0, "closed", "process", 2**30, 3.0)
