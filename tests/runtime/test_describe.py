from types import ModuleType

import pytest

from crossway.compile.program import Code
from crossway.runtime.describe import describe, find
from crossway.sdk.plugin import PluginError


def test_an_attribute_is_found_by_its_name_or_inside_another() -> None:
    module = ModuleType("shop")
    module.app = ModuleType("app")  # type: ignore[attr-defined]
    module.app.stamp = 3  # type: ignore[attr-defined]
    assert find(module, "app.stamp", "shop.py") == 3
    with pytest.raises(PluginError, match=r"shop.py has no 'app.other', and no plugin at all"):
        find(module, "app.other", "shop.py")


def test_an_attribute_that_runs_code_may_fail() -> None:
    text = "def __getattr__(name): 1 / 0\n"
    assert describe(Code("it.py", text), ["it"], 5.0)[0].problem == "it.py:1: ZeroDivisionError: division by zero"


def test_settings_without_fields_take_nothing() -> None:
    text = """
from pydantic import BaseModel
from crossway.sdk.plugin import Head, plugin
class Settings(BaseModel): ...
@plugin
async def it(head: Head, settings: Settings): ...
"""
    (answer,) = describe(Code("it.py", text), ["it"], 5.0)
    assert b'"additionalProperties":false' in bytes(answer.schema)


def test_a_model_that_takes_anything_may_be_given_anything() -> None:
    text = """
from pydantic import BaseModel
from crossway.sdk.plugin import Head, plugin
class Settings(BaseModel, extra="allow"):
    a: int = 1
@plugin
async def it(head: Head, settings: Settings): ...
"""
    (answer,) = describe(Code("it.py", text), ["it"], 5.0)
    assert b'"additionalProperties":true' in bytes(answer.schema)
