from crossway.model import Ref
from crossway.plan.reference import dangling


def test_the_finding_names_what_is_missing_as_it_was_meant():
    finding = dangling(Ref("routes", "r"), ("to", 0, "service"), Ref("services", "s", "shop"))
    assert str(finding) == "error: routes.r.to[0].service: there is no service 'shop/s' [reference.dangling]"
