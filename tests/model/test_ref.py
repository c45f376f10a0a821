import pytest

from crossway.model import Ref


@pytest.mark.parametrize(
    ("text", "here", "name", "namespace", "local"),
    [
        ("a", "default", "a", "default", "a"),
        ("a", "shop", "a", "shop", "shop/a"),
        ("other/a", "shop", "a", "other", "other/a"),
        ("default/a", "shop", "a", "default", "a"),
    ],
)
def test_a_name_in_a_namespace(text, here, name, namespace, local):
    ref = Ref.parse("routes", text, here)
    assert ref == Ref("routes", name, namespace)
    assert ref.local == local
    assert str(ref) == f"routes.{local}"
    assert Ref.parse("routes", ref.local, "default") == ref
