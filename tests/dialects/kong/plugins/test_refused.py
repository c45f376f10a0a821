import pytest

from crossway.dialects.kong.plugins.refused import KINDS
from dialects.kong.reading import of_plugin


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_guards_closes_and_what_watches_does_not(kind):
    found = of_plugin(kind.name, "{anything: [1]}")
    assert found.is_closed() is kind.guards
    assert found.said == [("dialect.refused", 3)]


def test_a_plugin_of_the_users_own_closes():
    found = of_plugin("mine", "{anything: [1]}")
    assert found.is_closed()
    assert found.said == [("dialect.refused", 3)]
