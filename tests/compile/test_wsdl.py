"""What is wrong with a definition is told as a finding."""

from crossway.compile.contract import Site
from crossway.compile.wsdl import describe
from crossway.model import Defined, Finding, Ref


def test_what_is_wrong_is_a_finding() -> None:
    def found(content: bytes) -> object:
        ref = Ref("definitions", "bank", "default")
        site = Site(Ref("routes", "r"), "default", definitions={ref: Defined(content)})
        return describe(site, "bank", "", ("definition",))

    broken = found(b"<x/>")
    assert isinstance(broken, Finding)
    assert (broken.code, broken.path) == ("wsdl.broken", ("definition",))
    unsupported = found(b'<description xmlns="http://www.w3.org/ns/wsdl"/>')
    assert isinstance(unsupported, Finding)
    assert unsupported.code == "wsdl.unsupported"
