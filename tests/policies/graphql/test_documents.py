"""Documents that refer to each other."""

import pytest

from crossway.model import Defined
from crossway.policies.graphql.documents import Documents
from crossway.policies.graphql.interface import DefinitionError

DOCUMENTS = Documents(
    Defined(
        b'{"a": {"$ref": "sub/b.yaml#/x~1y"}, "c": {"d": [{"e": 1}]}, "loop": {"$ref": "#/loop"}, "text": "x"}',
        {"sub/b.yaml": b"x/y: {$ref: 'c.yaml#/z'}", "sub/c.yaml": b"z: {$ref: '../#/c/d/0'}", "bad.yaml": b"a: ["},
    )
)


def test_references_are_followed_from_where_they_stand() -> None:
    assert DOCUMENTS.followed("", {"$ref": "sub/c.yaml"})[0] == "sub/c.yaml"
    assert DOCUMENTS.followed("", {"$ref": "#/c/d/0"}) == ("", {"e": 1})
    assert DOCUMENTS.place("sub/b.yaml", {"$ref": "c.yaml#/z"}) == "sub/c.yaml#/z"


@pytest.mark.parametrize("to", ["#/c/d/1", "#/nil", "nil.yaml", "#/loop", "#/text", "bad.yaml"])
def test_references_to_nothing(to: str) -> None:
    with pytest.raises(DefinitionError):
        DOCUMENTS.followed("", {"$ref": to})
