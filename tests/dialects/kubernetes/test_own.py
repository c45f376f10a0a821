from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects import kubernetes
from crossway.dialects.kubernetes.own import OWN_KINDS
from crossway.model import KINDS, Document, Ref

ROUTE = """\
apiVersion: crossway.dev/v1alpha1
kind: Route
metadata: {name: orders, namespace: shop}
spec:
  matches:
  - path: /orders
  - methods: [5]
  respond: {}
"""


def loaded(text):
    pipeline = Pipeline(load_policies(), dialects=(kubernetes.DIALECT,))
    return pipeline.read([Document("own.yaml", text)])


def test_there_is_one_for_each_kind_of_the_model():
    assert list(OWN_KINDS) == list(KINDS)
    assert OWN_KINDS["gateways"] == "crossway.dev/Gateway"


def test_a_mistake_in_a_spec_is_told_in_its_line():
    found = loaded(ROUTE)
    (finding,) = found.locate(found.findings)
    assert (finding.about, finding.origin.line) == (Ref("routes", "orders", "shop"), 7)
    assert not found.refused


def test_an_object_says_its_native_name():
    text = ROUTE.replace("[5]", "[GET]").replace("shop}", "shop, annotations: {crossway.dev/name: Orders_1}}")
    assert list(loaded(text).resources) == [Ref("routes", "Orders_1", "shop")]


def test_a_name_that_is_none_is_told():
    text = ROUTE.replace("[5]", "[GET]").replace("shop}", "shop, annotations: {crossway.dev/name: '-'}}")
    assert [finding.code for finding in loaded(text).findings] == ["name.invalid"]
