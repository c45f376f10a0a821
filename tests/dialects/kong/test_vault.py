import pytest
from pydantic import TypeAdapter, ValidationError

from crossway.dialects.kong.vault import Unreferenced
from dialects.kong.reading import HEAD, read


def test_a_reference_is_no_secret():
    adapter = TypeAdapter(Unreferenced[str])
    assert adapter.validate_python("plain") == "plain"
    with pytest.raises(ValidationError, match="secret in a vault of Kong"):
        adapter.validate_python("{vault://env/key}")


def test_a_vault_says_nothing_by_itself():
    assert read(f"{HEAD}vaults: [{{name: env, prefix: mine, config: {{prefix: X_}}}}]\n").said == []
