from crossway.daemon.registry import load_dialects
from crossway.dialects.contract import Key, find
from crossway.dialects.kubernetes.ingress import INGRESS, Ingress, controller_of
from crossway.dialects.translator import Translator
from crossway.memo import Read
from crossway.model import Document

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: front, annotations: {ingressclass.kubernetes.io/is-default-class: '%s'}}
spec: {controller: %s}
---
"""
INGRESSES = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a%s}
spec: {%s}
"""
KONG = "ingress-controllers.konghq.com/kong"


def controller(text: str) -> str:
    translator = Translator(load_dialects())
    translator.read([Document("a.yaml", text)])
    return translator.ask(_controller)


def _controller(read: Read) -> str:
    found = find(read, Ingress, Key(INGRESS, "default", "a"))
    assert found is not None
    return controller_of(read, found.value)


def test_an_ingress_is_of_its_class():
    assert controller(INGRESSES % ("", "ingressClassName: kong")) == "kong"
    assert controller(INGRESSES % (", annotations: {kubernetes.io/ingress.class: kong}", "")) == "kong"
    assert controller(INGRESSES % ("", "ingressClassName: other")) == ""
    assert controller(INGRESSES % ("", "")) == ""


def test_a_class_says_whose_it_is():
    assert controller(CLASS % ("false", KONG) + INGRESSES % ("", "ingressClassName: front")) == "kong"
    assert controller(CLASS % ("false", "example.com/other") + INGRESSES % ("", "ingressClassName: front")) == ""


def test_one_class_may_be_the_default():
    assert controller(CLASS % ("true", KONG) + INGRESSES % ("", "")) == "kong"
    assert controller(CLASS % ("false", KONG) + INGRESSES % ("", "")) == ""


def test_one_that_nobody_reads_is_told():
    found = Translator(load_dialects()).read([Document("a.yaml", INGRESSES % ("", ""))])
    assert [finding.code for finding in found.findings] == ["dialect.kind_unknown"]
