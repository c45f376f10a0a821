import asyncio
from typing import Any

import pytest

from crossway.model.operation import Called, Operation
from crossway.model.procedures import RpcServer
from crossway.runtime.calling import CallError
from crossway.runtime.procedures.methods import UNFIT, UNKNOWN, Methods
from crossway.sdk.http import Request
from runtime.composing.services import Services, says

REQUEST = Request("POST", "/", {"x-a": "1"})


def methods(services: Services, **given: Any) -> Methods:
    operation = Operation.model_validate({"service": "orders", "path": "/{params.id}", "query": {"m": "{method}"}})
    settings = {
        "methods": {"get": Called(operation=operation)},
        "parameters": {"get": ("id",)},
        "errors": {"get": {"404": 4, "5xx": 5}},
        "max_batch": 10,
        "parallel": 2,
        "timeout": 1.0,
        "max_body": 1000,
    }
    return Methods(RpcServer.model_validate(settings | given), services.tools)


async def test_parameters_get_the_names_that_they_have():
    services = Services(orders=says({}))
    found = methods(services)
    await found.call("get", [7], REQUEST, {})
    await found.call("get", {"id": 8}, REQUEST, {})
    assert services.targets == ["/7?m=get", "/8?m=get"]


@pytest.mark.parametrize(("name", "params", "code"), [("drop", [], UNKNOWN), ("get", [1, 2], UNFIT)])
async def test_what_cannot_be_called_is_told(name: str, params: object, code: str):
    with pytest.raises(CallError) as caught:
        await methods(Services()).call(name, params, REQUEST, {})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CallError("call.refused", "", 404), 4),
        (CallError("call.refused", "", 503), 5),
        (CallError("call.refused", "", 400), None),
        (CallError("call.timeout", "", 504), None),
    ],
)
def test_a_status_has_the_code_that_it_is_given(error: CallError, code: int | None):
    assert methods(Services()).code("get", error) == code


async def test_what_is_late_has_a_result_too():
    async def quick() -> str:
        return "quick"

    async def slow() -> str:
        await asyncio.Event().wait()
        return "slow"

    found = methods(Services(), timeout=0.05)
    assert await found.each([quick, slow, quick], lambda index: f"late {index}") == ["quick", "late 1", "quick"]


async def test_expressions_see_who_asks():
    assert await methods(Services()).context(REQUEST) == {
        "headers": {"x-a": "1"},
        "consumer": {"name": None, "groups": []},
    }
