import pytest
from pydantic import ValidationError

from crossway.model.expression import Record
from crossway.model.operation import Operation, mistakes


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "neither of them"),
        ({"path": "/x", "rpc": "a.B/C", "definition": "d"}, "these are two of them"),
        ({"rpc": "a.B/C"}, "rpc needs the definition"),
        ({"path": "/x", "definition": "d"}, "rpc needs the definition"),
        ({"rpc": "a.B/C", "definition": "d", "method": "POST"}, "has no method"),
        ({"rpc": "a.B.C", "definition": "d"}, "should match pattern"),
        ({"path": "/x", "body": "a"}, "a call with GET has no body"),
    ],
)
def test_what_no_call_can_be_is_refused(given, told):
    with pytest.raises(ValidationError, match=told):
        Operation.model_validate({"service": "s"} | given)


def test_an_expression_mentions_what_is_there():
    operation = Operation.model_validate(
        {"service": "s", "path": "/{parms.id}", "query": {"a": "{params.no}"}, "answer": ["body.x", "params.id", "bdy"]}
    )
    params = Record(("params",), {"id": None}, "params")
    assert [(one.where, one.message, one.hint) for one in mistakes(operation, {"params": params})] == [
        (("path",), "there is no 'parms' in expressions of a call", "did you mean 'params'?"),
        (("query", "a"), "there is no 'no' in params", ""),
        (("answer", 2), "there is no 'bdy' in expressions of an answer", "did you mean 'body'?"),
    ]
