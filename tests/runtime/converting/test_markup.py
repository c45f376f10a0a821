import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.conversion import JsonToXml, XmlToJson
from crossway.runtime.converting.markup import read_xml, write_xml
from crossway.runtime.converting.refusal import Refusal

ORDER = b'<order id="7"><item>a</item><item>b</item></order>'


def read(data: bytes, charset: str = "", *, max_depth: int = 64, max_items: int = 1000, **settings: object) -> object:
    return read_xml(data, charset, XmlToJson.model_validate(settings), max_depth=max_depth, max_items=max_items)


def write(value: object, *, max_depth: int = 64, max_size: int = 10_000, **settings: object) -> str:
    spec = JsonToXml.model_validate({"declaration": False, **settings})
    return write_xml(value, spec, max_depth=max_depth, max_size=max_size).decode()  # type: ignore[arg-type]


def refused(data: bytes, charset: str = "", **settings: object) -> str:
    with pytest.raises(Refusal) as caught:
        read(data, charset, **settings)
    return caught.value.code


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (b"<a/>", {"a": ""}),
        (b"<a></a>", {"a": ""}),
        (b"<a> b </a>", {"a": " b "}),
        (b"<a> </a>", {"a": " "}),
        (b'<a x="1">t</a>', {"a": {"@x": "1", "#text": "t"}}),
        (b'<a x="1"/>', {"a": {"@x": "1"}}),
        (b"<a>\n  <b>1</b>\n</a>", {"a": {"b": "1"}}),
        (b"<a> one <b/> two </a>", {"a": {"b": "", "#text": "one two"}}),
        (b"<a><b>1</b><c/><b>2</b><b>3</b></a>", {"a": {"b": ["1", "2", "3"], "c": ""}}),
        (b"<a><![CDATA[<b>&]]></a>", {"a": "<b>&"}),
        (b"<a>&lt;&#65;&amp;</a>", {"a": "<A&"}),
        (b"<!-- x --><a><?php y ?>b<!-- z -->c</a>", {"a": "bc"}),
        ("<é>ü</é>".encode(), {"é": "ü"}),
        (b"\xef\xbb\xbf<a>b</a>", {"a": "b"}),
    ],
)
def test_xml_becomes_json(xml, expected):
    assert read(xml) == expected


def test_elements_that_are_lists_always_are():
    assert read(b"<o><i>1</i></o>", arrays=("o/i",)) == {"o": {"i": ["1"]}}
    assert read(b"<o><i>1</i></o>", arrays=("*/i",)) == {"o": {"i": ["1"]}}
    assert read(b"<o><i>1</i></o>", arrays=("o/j", "i")) == {"o": {"i": "1"}}
    assert read(b"<s:o><s:i/></s:o>", arrays=("o/i",), namespaces="strip") == {"o": {"i": [""]}}


def test_names_and_types_can_be_chosen():
    assert read(b'<a x="1">t</a>', attribute_prefix="_", text_key="value") == {"a": {"_x": "1", "value": "t"}}
    assert read(b'<a x="1"><b>2.5</b><c>true</c><d>007</d></a>', types="guess") == {
        "a": {"@x": 1, "b": 2.5, "c": True, "d": "007"}
    }
    assert read(ORDER, unwrap=True) == {"@id": "7", "item": ["a", "b"]}


NAMESPACES = b'<s:a xmlns:s="urn:s" xmlns="urn:d"><b s:x="1" y="2"/><c xmlns=""/></s:a>'


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        ("keep", {"s:a": {"@xmlns:s": "urn:s", "@xmlns": "urn:d", "b": {"@s:x": "1", "@y": "2"}, "c": {"@xmlns": ""}}}),
        ("strip", {"a": {"b": {"@x": "1", "@y": "2"}, "c": ""}}),
        ("expand", {"{urn:s}a": {"{urn:d}b": {"@{urn:s}x": "1", "@y": "2"}, "c": ""}}),
    ],
)
def test_namespaces(namespaces, expected):
    assert read(NAMESPACES, namespaces=namespaces) == expected


def test_the_same_prefix_means_something_else_deeper_inside():
    xml = b'<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"/><p:c/></p:a>'
    assert read(xml, namespaces="expand") == {"{urn:1}a": {"{urn:2}b": "", "{urn:1}c": ""}}
    assert refused(b"<p:a/>", namespaces="expand") == "transform.malformed"


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>"""


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        LAUGHS.decode().encode("utf-16"),
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><a/>',
        b"<a>&unknown;</a>",
    ],
)
def test_no_entity_is_defined_and_nothing_is_loaded(xml):
    assert refused(xml) == "transform.entity"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b" ",
        b"a",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a x=1/>",
        b'<a x="1" x="2"/>',
        b"<a>\x00</a>",
        b"<a>\xff</a>",
        b"<a>&#0;</a>",
        b"<a>&#xD800;</a>",
        b'{"a": 1}',
    ],
)
def test_what_is_no_xml_is_refused(xml):
    assert refused(xml) == "transform.malformed"


def test_depth_and_counts_are_bounded():
    assert read(b"<a>" * 64 + b"</a>" * 64)
    assert refused(b"<a>" * 65 + b"</a>" * 65) == "transform.too_deep"
    assert refused(b"<a>" * 100_000) == "transform.too_deep"
    assert refused(b"<a>" + b"<b/>" * 1000 + b"</a>") == "transform.too_large"
    attributes = b" ".join(b'a%d="x"' % index for index in range(1001))
    assert refused(b"<a %b/>" % attributes) == "transform.too_large"
    assert refused(b'<a xmlns="%b"><b/></a>' % (b"x" * 1000), namespaces="expand") == "transform.too_large"


def test_the_character_set_is_that_of_the_type_or_of_the_declaration():
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")
    assert read(latin) == {"a": "é"}
    assert read("<a>é</a>".encode("latin-1"), "iso-8859-1") == {"a": "é"}
    assert read('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode(), "utf-8") == {"a": "é"}
    assert read("<a>日</a>".encode("shift_jis"), "shift_jis") == {"a": "日"}
    assert read('<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16")) == {"a": "é"}
    assert refused(b'<?xml version="1.0" encoding="idna"?><a/>') == "transform.charset"
    assert refused(b"<a/>", "x-unknown") == "transform.charset"
    assert refused(b"<a>\xe9</a>", "us-ascii") == "transform.malformed"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"order": {"@id": "7", "item": ["a", "b"]}}, ORDER.decode()),
        ({"a": None}, "<a/>"),
        ({"a": True, "b": 1.5}, "<root><a>true</a><b>1.5</b></root>"),
        ([1, 2], "<root><item>1</item><item>2</item></root>"),
        ({"a": [1, 2]}, "<root><a>1</a><a>2</a></root>"),
        ({"a": {"b": [[1, 2], []]}}, "<a><b><item>1</item><item>2</item></b><b></b></a>"),
        ("x", "<root>x</root>"),
        ({"@a": "1"}, '<root a="1"></root>'),
        ({}, "<root></root>"),
        ({"a": "<&>\r"}, "<a>&lt;&amp;&gt;&#13;</a>"),
        ({"a": {"@b": '"\n<'}}, '<a b="&quot;&#10;&lt;"></a>'),
    ],
)
def test_json_becomes_xml(value, expected):
    assert write(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"a b": 1},
        {"1": 1},
        {"": 1},
        {"a": {"<b": 1}},
        {"a:b:c": 1},
        {"a": {"@x y": "1"}},
        {"a": {"@": "1"}},
        {"a": {"@x": {}}},
        {"a": {"#text": []}},
        {"a": "\x00"},
        {"a": "\ufffe"},
        {"a/><b": 1},
        {"a": {"@x": "\x01"}},
    ],
)
def test_what_cannot_be_xml_is_refused(value):
    with pytest.raises(Refusal, match=r".") as caught:
        write(value)
    assert caught.value.code == "transform.malformed"


def test_the_greatest_depth_is_no_recursion_error():
    value: object = "x"
    for _ in range(255):
        value = {"a": [value, value]} if value == "x" else {"a": value}
    assert read(write(value, max_depth=256).encode(), max_depth=256) == value


def test_what_is_written_is_bounded():
    with pytest.raises(Refusal) as caught:
        write({"n" * 250: [1] * 1000})
    assert caught.value.code == "transform.too_large"
    deep: object = "x"
    for _ in range(100):
        deep = {"a": deep}
    with pytest.raises(Refusal) as caught:
        write(deep)
    assert caught.value.code == "transform.too_deep"


NAMES = st.text(string.ascii_letters + "_é日", min_size=1, max_size=3)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda c: c >= " " or c in "\t\n\r"
)
TEXTS = st.text(CHARACTERS, max_size=8)
MIXED = TEXTS.map(str.strip).filter(bool)


def parts(children: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    attributes = st.dictionaries(NAMES.map("@{}".format), TEXTS, min_size=1, max_size=2)
    elements = st.dictionaries(NAMES, children | st.lists(children, min_size=2, max_size=3), min_size=1, max_size=3)
    leaves = st.tuples(attributes, TEXTS.filter(bool)).map(lambda pair: {**pair[0], "#text": pair[1]})
    mixed = st.tuples(elements, MIXED).map(lambda pair: {**pair[0], "#text": pair[1]})
    both = st.tuples(attributes, elements).map(lambda pair: {**pair[0], **pair[1]})
    return attributes | elements | leaves | mixed | both


DOCUMENTS = st.dictionaries(NAMES, st.recursive(TEXTS, parts, max_leaves=12), min_size=1, max_size=1)


@given(DOCUMENTS)
def test_what_becomes_xml_comes_back_as_it_was(document):
    assert read(write(document).encode()) == document


@given(st.binary(max_size=60) | st.text("<>/a b=\"'&;![]#x1:", max_size=60).map(str.encode))
def test_anything_is_read_or_refused(data):
    try:
        value = read(data)
    except Refusal:
        return
    assert read(write(value).encode()) == value
