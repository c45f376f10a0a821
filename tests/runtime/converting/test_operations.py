import subprocess
import sys
from pathlib import Path

import pytest

from crossway.model.conversion import Operation
from crossway.model.transformation import Transform, Transformation
from crossway.runtime.converting import operations
from crossway.runtime.converting.content import Content, Exchange
from crossway.runtime.converting.operations import make_ready
from crossway.runtime.converting.refusal import Refusal
from crossway.sdk.http import Request, Response
from runtime.converting.test_message import SETTINGS

PLAIN = "text/plain"
LIMITS = Transform.model_validate({"request": ["xml_to_json"], "max_size": 1000, "max_items": 100})


def done(operation: object, data: bytes, content_type: str, response: Response | None = None) -> Content:
    """Return what *operation* makes of a body."""
    request = Request("POST", "/a?x=1", {"x-a": "1", "x-consumer-username": "ann"})
    content = Content(data, content_type, LIMITS)
    make_ready(Transformation.model_validate(operation), LIMITS).run(Exchange(response or request, request, content))
    return content


def test_there_is_one_for_each_that_can_be_written():
    written = {field.annotation.__args__[0] for field in Transformation.model_fields.values()}
    assert set(operations._MAKERS) == written
    assert all(issubclass(settings, Operation) for settings in written)


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        ("xml_to_json", (b"<a>1</a>", "text/xml"), (b'{"a":"1"}', "application/json")),
        (
            {"json_to_xml": {"declaration": False, "content_type": "application/soap+xml"}},
            (b'{"a":1}', "application/json"),
            (b"<a>1</a>", "application/soap+xml; charset=utf-8"),
        ),
        ("form_to_json", (b"a=1", "application/x-www-form-urlencoded"), (b'{"a":"1"}', "application/json")),
        ("json_to_form", (b'{"a":1}', "application/json"), (b"a=1", "application/x-www-form-urlencoded")),
        ("csv_to_json", (b"a\n\xe9", "text/csv; charset=latin1"), ('[{"a":"é"}]'.encode(), "application/json")),
        ("json_to_csv", (b'[{"a":1}]', "application/json"), (b"a\r\n1\r\n", "text/csv; charset=utf-8")),
        ({"charset": "utf-16le"}, (b"a", "text/plain"), (b"a\0", "text/plain; charset=utf-16le")),
        (
            {"charset": "utf-8"},
            (b'<?xml version="1.0" encoding="latin1"?><a>\xe9</a>', "text/xml"),
            ('<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode(), "text/xml; charset=utf-8"),
        ),
        ({"protobuf_to_json": SETTINGS}, (b"\x08\x07", "application/protobuf"), (b'{"id":"7"}', "application/json")),
        ({"json_to_protobuf": SETTINGS}, (b'{"id":7}', "application/json"), (b"\x08\x07", "application/x-protobuf")),
        (
            {"headers_to_body": {"fields": {"/a": "x-a"}}},
            (b'{"b":1}', "application/vnd.x+json"),
            (b'{"b":1,"a":"1"}', "application/vnd.x+json"),
        ),
        ({"headers_to_body": {"fields": {"/a": "x-a"}}}, (b"", ""), (b'{"a":"1"}', "application/json")),
        ({"query_to_body": {"fields": {"/a": "x"}}}, (b"", ""), (b'{"a":"1"}', "application/json")),
        ({"template": "{{ body }}"}, (b"[1]", "application/json"), (b"[1]", "application/json")),
        ({"template": "{{ body }}"}, (b"<a>", "text/plain"), (b'"<a>"', "application/json")),
        (
            {"template": {"text": "{{ consumer }} {{ headers['x-a'] }}{{ query.x }}{{ path }}", "content_type": PLAIN}},
            (b"", ""),
            (b"ann 11/a", "text/plain; charset=utf-8"),
        ),
        ({"set_json": {"values": {"/a": [1]}}}, (b"{}", "application/json"), (b'{"a":[1]}', "application/json")),
        ({"remove_json": {"pointers": ["/a"]}}, (b'{"a":1}', "application/json"), (b"{}", "application/json")),
    ],
)  # fmt: skip
def test_each_makes_another_body(operation, before, after):
    content = done(operation, *before)
    assert (content.data, content.content_type) == after


def test_values_that_are_set_belong_to_their_message():
    ready = make_ready(Transformation.model_validate({"set_json": {"values": {"/a": {"b": []}}}}), LIMITS)
    request = Request("POST", "/")
    for _ in range(2):
        content = Content(b"{}", "application/json", LIMITS)
        ready.run(Exchange(request, request, content))
        assert content.value == {"a": {"b": []}}
        content.value["a"]["b"].append(1)  # type: ignore[index,call-overload,union-attr]


def test_a_template_knows_the_status_of_an_answer():
    content = done({"template": "{{ status }}"}, b"", "", Response(201))
    assert content.data == b"201"


@pytest.mark.parametrize(
    ("operation", "data", "content_type", "code"),
    [
        ("xml_to_json", b"<a>", "text/xml", "transform.malformed"),
        ("json_to_xml", b"{", "application/json", "transform.malformed"),
        ("csv_to_json", b"a\n\xff", "text/csv", "transform.charset"),
        ({"charset": "utf-8"}, b"\xff", "text/plain", "transform.charset"),
        ({"charset": "utf-8"}, b"a", "text/plain; charset=idna", "transform.charset"),
        ({"json_schema": {"body_schema": {}}}, b"<a/>", "text/xml", "transform.type"),
        ({"json_schema": {"body_schema": {}}}, b"", "", "transform.type"),
        ({"json_schema": {"body_schema": {"type": "object"}}}, b"[]", "application/json", "transform.schema"),
        ({"template": "{{ body.a }}"}, b"{}", "application/json", "transform.template"),
        ({"body_to_headers": {"headers": {"x-a": "a"}}}, b'{"a":"\\n"}', "application/json", "transform.header"),
        ({"json_to_protobuf": SETTINGS}, b"[]", "application/json", "transform.malformed"),
    ],
)
def test_what_cannot_be_done_has_a_name(operation, data, content_type, code):
    with pytest.raises(Refusal) as caught:
        done(operation, data, content_type)
    assert caught.value.code == code


def test_statuses():
    ready = make_ready(Transformation.model_validate({"xml_to_json": {"on": ["2xx", 404]}}), LIMITS)
    assert [status for status in (200, 299, 301, 404, 405, 500) if ready.is_for(status)] == [200, 299, 404]
    assert make_ready(Transformation.model_validate("xml_to_json"), LIMITS).is_for(500)
    assert not make_ready(Transformation.model_validate({"template": "x"}), LIMITS).is_for(500)


def test_what_is_not_needed_is_not_imported():
    """Jinja and jsonschema-rs take 4 MB each, in each proxy."""
    code = (
        "import sys; from crossway.model.transformation import Transform;"
        "from crossway.runtime.converting import transform;"
        "transform(Transform.model_validate({'request': ['xml_to_json', 'form_to_json', 'json_to_csv']}), '', None);"
        "print([name for name in ('jinja2', 'jsonschema_rs', 'google.protobuf', 'multipart') if name in sys.modules])"
    )
    source = Path(operations.__file__).parents[3]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=source)
    assert result.stdout.strip() == "[]"
