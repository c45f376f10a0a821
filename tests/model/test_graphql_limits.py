import pytest
from pydantic import ValidationError

from crossway.model.graphql_limits import Cost, GraphqlLimits, PersistedDocuments


def test_a_cost_may_be_a_number():
    assert Cost.model_validate(1000) == Cost.model_validate({"limit": 1000})


@pytest.mark.parametrize("given", [{"depth": 0}, {"depth": 101}])
def test_limits_are_limited(given: dict[str, object]):
    with pytest.raises(ValidationError):
        GraphqlLimits.model_validate(given)


def test_only_trusted_documents_need_some():
    with pytest.raises(ValidationError, match="only is about trusted documents"):
        PersistedDocuments.model_validate({"only": True})
