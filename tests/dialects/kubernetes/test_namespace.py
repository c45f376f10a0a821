from collections.abc import Mapping

import pytest

from crossway.dialects.kubernetes import DIALECT
from crossway.dialects.kubernetes.namespace import LabelSelector, namespace_labels
from crossway.dialects.translator import Translator
from crossway.model import Document

LABELS = {"tier": "gold"}


@pytest.mark.parametrize(
    ("selector", "meant"),
    [
        ({}, True),
        ({"matchLabels": {"tier": "gold"}}, True),
        ({"matchLabels": {"tier": "gold", "zone": "a"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["gold", "tin"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["gold"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_chooses_by_labels(selector: Mapping[str, object], *, meant: bool):
    assert LabelSelector.model_validate(selector).matches(LABELS) is meant


def test_every_namespace_has_its_name_as_a_label():
    translator = Translator([DIALECT])
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: gold}}\n"
    translator.read([Document("a.yaml", text)])
    assert translator.ask(namespace_labels, "shop") == {"tier": "gold", "kubernetes.io/metadata.name": "shop"}
    assert translator.ask(namespace_labels, "other") == {"kubernetes.io/metadata.name": "other"}
