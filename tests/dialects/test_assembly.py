from crossway.dialects.assembly import Assembly
from crossway.dialects.contract import Key, Made, Translation
from crossway.dialects.source import Piece, Source
from crossway.model import Finding, Ref

WEB = Ref("services", "web")
PIECE = Piece("a.yaml", "kind: x\n")
SOURCE = Source(PIECE, (0,))


def said(name: str, *made: Made, finding: Finding | None = None):
    return Key("toy/shop", "default", name), SOURCE, Translation(made, (finding,) if finding else ())


def service(endpoint: str, **more: object) -> Made:
    return Made(WEB, {"endpoints": [endpoint]}, SOURCE, **more)


def texts(assembly: Assembly) -> list[str]:
    return [document.text for document in assembly.documents()]


def test_parts_of_one_resource_are_put_together():
    assembly = Assembly()
    added = Made(WEB, {"protocol": "http2"}, SOURCE, overlay=True)
    assembly.update({1: (said("a", added),), 2: (said("b", service("127.0.0.1:1")),)})
    assert texts(assembly) == ["  web:\n    endpoints:\n      - 127.0.0.1:1\n    protocol: http2\n"]


def test_what_adds_to_nothing_is_nothing():
    assembly = Assembly()
    assembly.update({1: (said("a", service("127.0.0.1:1", overlay=True)),)})
    assert texts(assembly) == []


def test_a_bucket_that_is_the_same_object_is_not_looked_into():
    assembly = Assembly()
    kept = (said("a", service("127.0.0.1:1")),)
    assembly.update({1: kept})
    (before,) = assembly.documents()
    assembly.update({1: kept, 2: (said("b", Made(Ref("services", "other"), {}, SOURCE)),)})
    assert next(assembly.documents()) is before


def test_what_is_gone_is_gone():
    assembly = Assembly()
    assembly.update({1: (said("a", service("127.0.0.1:1")),)})
    assembly.update({})
    assert texts(assembly) == []


def test_a_resource_that_moved_knows_its_line():
    piece = Piece("a.yaml", "kind: x\n")
    assembly = Assembly()
    assembly.update(
        {1: ((Key("toy/shop", "default", "a"), Source(piece, (0,)), Translation((service("127.0.0.1:1"),))),)}
    )
    PIECE.line = 9
    (document,) = assembly.documents()
    assert document.line == 9
    PIECE.line = 1


def test_findings_stand_in_the_order_of_the_objects_and_conflicts_after_them():
    assembly = Assembly()
    finding = Finding("toy.code", "no")
    assembly.update(
        {
            1: (said("b", service("127.0.0.1:1"), finding=finding),),
            2: (said("a", service("127.0.0.1:2"), finding=finding),),
        }
    )
    assert [(item.code, item.message[:14]) for item in assembly.findings()] == [
        ("toy.code", "shop default/a"),
        ("toy.code", "shop default/b"),
        ("dialect.conflict", "services.web: "),
    ]


def test_what_is_closed_lets_nothing_through():
    assembly = Assembly()
    assembly.update({1: (said("a", service("127.0.0.1:1", closed=Finding("toy.code", "no"))),)})
    assert texts(assembly) == ["  web:\n    endpoints: []\n"]
