"""XML Schema as a table of types: what is read of it, and what is refused."""

import time
from pathlib import Path

import pytest

from crossway.compile.wsdl import Described, WsdlError, described
from crossway.model import Defined
from crossway.model.messages import UNBOUNDED, Choice, Type

DATA = Path(__file__).parents[2] / "data" / "wsdl"


def schema(types: str) -> Described | WsdlError:
    """Return the calculator with other types, of which `Add` is the first element."""
    text = (DATA / "calculator.wsdl").read_text()
    begin, end = text.index("<s:schema"), text.index("</s:schema>")
    head = text[begin : text.index(">", begin) + 1]
    others = "".join(f'<s:element name="{name}"/>' for name in ("AddResponse", "Divide", "DivideResponse"))
    return described(Defined((text[:begin] + head + types + others + text[end:]).encode()))


def add(types: str) -> tuple[Described, Type]:
    """Return what is read of *types*, and the type of `Add`."""
    found = schema(types)
    assert isinstance(found, Described), found
    return found, found.contract.types[found.contract.operations["Add"].input.type]


def sequence(content: str) -> str:
    return f'<s:element name="Add"><s:complexType><s:sequence>{content}</s:sequence></s:complexType></s:element>'


def chain(length: int, form: str) -> str:
    return "".join(form.format(number=number, next=number + 1) for number in range(length))


UPON_THEMSELVES = {
    "simple": '<s:simpleType name="T"><s:restriction base="tns:T"/></s:simpleType>',
    "complex": """<s:complexType name="T"><s:complexContent><s:extension base="tns:T"/></s:complexContent>
        </s:complexType>""",
    "group": """<s:complexType name="T"><s:group ref="tns:G"/></s:complexType>
        <s:group name="G"><s:sequence><s:group ref="tns:G"/></s:sequence></s:group>""",
    "attributes": """<s:complexType name="T"><s:attributeGroup ref="tns:G"/></s:complexType>
        <s:attributeGroup name="G"><s:attributeGroup ref="tns:G"/></s:attributeGroup>""",
}


@pytest.mark.parametrize(
    "types",
    [
        *(f'<s:element name="Add" type="tns:T"/>{types}' for types in UPON_THEMSELVES.values()),
        '<s:element name="Add" substitutionGroup="tns:Add"/>',
    ],
    ids=[*UPON_THEMSELVES, "substitution"],
)
def test_a_definition_that_stands_upon_itself_is_refused(types: str) -> None:
    assert isinstance(schema(types), WsdlError)


def test_types_that_hold_each_other_are_read() -> None:
    found = schema(
        '<s:element name="Add" type="tns:A"/>'
        '<s:complexType name="A"><s:sequence><s:element name="b" type="tns:B"/></s:sequence></s:complexType>'
        '<s:complexType name="B"><s:sequence><s:element name="a" type="tns:A" minOccurs="0"/></s:sequence>'
        "</s:complexType>"
    )
    assert isinstance(found, Described)
    types = found.contract.types
    first = found.contract.operations["Add"].input.type
    assert types[types[first].fields[0].type].fields[0].type == first


def test_a_large_schema_is_read_in_time_and_only_as_far_as_it_is_used() -> None:
    form = (
        '<s:complexType name="T{number}"><s:sequence><s:element name="a" type="s:string"/>'
        '<s:element name="b" type="s:int" minOccurs="0"/></s:sequence></s:complexType>'
    )
    began = time.process_time()
    found = schema('<s:element name="Add" type="tns:T7"/>' + chain(20_000, form))
    assert isinstance(found, Described)
    assert len(found.contract.types) < 10
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("length", "is_read"), [(3_000, True), (20_001, False)])
def test_a_schema_of_which_each_type_needs_another(length: int, is_read: bool) -> None:
    form = (
        '<s:complexType name="T{number}"><s:sequence><s:element name="a" type="tns:T{next}"/></s:sequence>'
        "</s:complexType>"
    )
    last = f'<s:complexType name="T{length}"/>'
    found = schema('<s:element name="Add" type="tns:T0"/>' + chain(length, form) + last)
    assert isinstance(found, Described) == is_read
    assert is_read or "more than 20000 types" in str(found)


def test_what_stands_in_for_an_abstract_element_is_a_choice() -> None:
    _, kind = add(
        sequence('<s:element ref="tns:Head"/>')
        + '<s:element name="Head" abstract="true" type="s:string"/>'
        + '<s:element name="One" substitutionGroup="tns:Head"/><s:element name="Two" substitutionGroup="tns:One"/>'
    )
    assert [field.key for field in kind.fields] == ["One", "Two"]
    assert kind.choices == (Choice((("One",), ("Two",)), required=True),)


def test_how_often_something_may_be_there() -> None:
    element = '<s:element name="{}" type="s:int" {}/>'
    _, kind = add(
        sequence(
            element.format("a", "")
            + element.format("b", 'minOccurs="0" maxOccurs="5"')
            + element.format("c", 'maxOccurs="0" minOccurs="0"')
            + f'<s:sequence minOccurs="2" maxOccurs="3">{element.format("d", "")}</s:sequence>'
            + f'<s:choice maxOccurs="unbounded">{element.format("e", "")}{element.format("f", "")}</s:choice>'
            + f'<s:sequence maxOccurs="unbounded">{element.format("g", "")}{element.format("h", "")}</s:sequence>'
        )
    )
    assert [(field.key, field.least, field.most, field.turns) for field in kind.fields] == [
        ("a", 1, 1, 0),
        ("b", 0, 5, 0),
        ("d", 2, 3, 0),
        ("e", 0, UNBOUNDED, 0),
        ("f", 0, UNBOUNDED, 0),
        ("g", 1, UNBOUNDED, 1),
        ("h", 1, UNBOUNDED, 1),
    ]


def test_an_element_that_stands_there_twice_is_a_list() -> None:
    _, kind = add(sequence('<s:element name="a" type="s:int"/><s:element name="a" type="s:int" minOccurs="0"/>'))
    assert [(field.least, field.most) for field in kind.fields] == [(0, 2)]


def test_a_restriction_says_what_is_left() -> None:
    _, kind = add(
        '<s:element name="Add" type="tns:Less"/>'
        '<s:complexType name="More"><s:sequence><s:element name="a" type="s:int"/><s:element name="b" type="s:int"/>'
        '</s:sequence><s:attribute name="x"/><s:attribute name="y"/></s:complexType>'
        '<s:complexType name="Less"><s:complexContent><s:restriction base="tns:More"><s:sequence>'
        '<s:element name="a" type="s:int"/></s:sequence><s:attribute name="y" use="prohibited"/></s:restriction>'
        "</s:complexContent></s:complexType>"
    )
    assert [field.key for field in kind.fields] == ["a"]
    assert [field.key for field in kind.attributes] == ["@x"]


def test_limits_of_numbers_and_texts_are_kept_for_the_description() -> None:
    found, kind = add(
        sequence(
            '<s:element name="a"><s:simpleType><s:restriction base="s:int"><s:minInclusive value="1"/>'
            '<s:maxExclusive value="9"/></s:restriction></s:simpleType></s:element>'
            '<s:element name="b"><s:simpleType><s:restriction base="s:string"><s:maxLength value="3"/>'
            '<s:pattern value="[a-z]*"/></s:restriction></s:simpleType></s:element>'
            '<s:element name="c"><s:simpleType><s:union memberTypes="s:int s:date"/></s:simpleType></s:element>'
        )
    )
    formats = [found.schemas.formats.get(field.type) for field in kind.fields]
    assert formats == [{"minimum": 1, "exclusiveMaximum": 9}, {"maxLength": 3}, {}]
    assert found.contract.types[kind.fields[2].type].kind == "token"


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ('<s:redefine schemaLocation="x.xsd"/>', "redefines another one"),
        ('<s:element name="Add" type="e:Array" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"/>', "rpc/encoded"),
        (
            sequence("").replace(
                "<s:sequence></s:sequence>",
                '<s:complexContent><s:restriction base="e:Array" '
                'xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"/></s:complexContent>',
            ),
            "rpc/encoded",
        ),
    ],
)
def test_what_is_not_supported_is_told(types: str, told: str) -> None:
    found = schema(types)
    assert isinstance(found, WsdlError)
    assert (found.code, told in str(found)) == ("unsupported", True), found
