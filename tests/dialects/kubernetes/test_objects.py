import pytest

from crossway.dialects.contract import Key
from crossway.dialects.kubernetes.objects import KUBERNETES, KubernetesObject, Metadata, split

OBJECT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}


@pytest.mark.parametrize("root", [None, [], "kind: x", {"kind": "Service"}, {"apiVersion": "v1", "kind": 7}])
def test_what_is_no_object_is_of_another_language(root: object):
    assert split(root) is None


def test_an_object_is_known_by_group_kind_namespace_and_name():
    (entity,) = split(OBJECT) or ()
    assert entity == (Key("apps/Deployment", "shop", "web"), "v1", (), OBJECT)


def test_the_core_group_has_no_name():
    (entity,) = split({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}) or ()
    assert entity.key == Key("/Secret", "default", "a")


def test_a_list_holds_objects():
    (entity,) = split({"apiVersion": "v1", "kind": "List", "items": [OBJECT, "none"]}) or ()
    assert entity.path == ("items", 0)


def test_what_the_cluster_starts_is_no_news():
    assert "apps/Deployment" in KUBERNETES.ignored


def test_the_older_one_comes_first_and_then_the_name():
    def age(name: str, created: str | None) -> str:
        metadata = Metadata.model_validate({"name": name, "creationTimestamp": created})
        return KubernetesObject.model_validate({"apiVersion": "v1", "kind": "A", "metadata": metadata}).age

    assert age("b", "2024-01-01T00:00:00Z") < age("a", "2025-01-01T00:00:00Z")
    assert age("a", None) < age("b", None)
