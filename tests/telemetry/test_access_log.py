"""Logs as they are found on real machines: cut, rotated, compressed, and with other things in them."""

import gzip
import io
import json
import os
import sys

import pytest

from crossway.errors import UserError
from crossway.simulation.request import Aspect
from crossway.telemetry.access_log import LONGEST, SHOWN, STDIN, AccessLog, as_request, find_request

LINE = {
    "attempts": 1,
    "client_ip": "192.0.2.7",
    "details": "via_upstream",
    "flags": "-",
    "host": "shop.example",
    "method": "GET",
    "path": "/orders/7",
    "protocol": "HTTP/1.1",
    "request_id": "f41737ba-c126-49dc-a13b-fcdd4d028f77",
    "route": "orders",
    "status": 200,
    "trace_id": None,
}


def line(**changes) -> bytes:
    return json.dumps(LINE | changes, separators=(",", ":")).encode()


@pytest.fixture
def file(tmp_path):
    def write(*lines: bytes, name="access.log", end=b"\n"):
        path = tmp_path / name
        content = b"\n".join(lines) + end
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def paths_in(*files, log=None):
    return [record.path for record in (log or AccessLog()).records(files)]


def test_a_line_says_what_the_request_was(file):
    (record,) = AccessLog().records([file(line(consumer="acme"))])
    assert (record.method, record.host, record.path, record.route) == ("GET", "shop.example", "/orders/7", "orders")
    assert (record.status, record.consumer, record.sni) == (200, "acme", None)
    assert record.is_http
    assert record.was_routed


def test_files_are_read_one_after_the_other_plain_or_compressed(file):
    files = file(line(path="/1"), line(path="/2")), file(line(path="/3"), name="old.gz"), file(name="empty", end=b"")
    assert paths_in(*files) == ["/1", "/2", "/3"]


def test_gzip_is_known_by_its_content_and_may_have_several_members(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(gzip.compress(line(path="/1") + b"\n") + gzip.compress(line(path="/2")))
    assert paths_in(path) == ["/1", "/2"]


def test_standard_input(file, monkeypatch):
    with file(line(path="/1")).open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert paths_in(STDIN) == ["/1"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[2026-11-22 00:21:41] starting main dispatch loop", id="another program"),
        pytest.param(b'{"level":"info","msg":"listening"}', id="JSON of another program"),
        pytest.param(line()[:60], id="cut off"),
        pytest.param(line()[60:], id="its beginning missing"),
        pytest.param(line(status="many"), id="another type"),
        pytest.param(line(path=7), id="another type of path"),
        pytest.param(line() + line(), id="two in one"),
        pytest.param(b"\x1f\x8b\x08\x00\x00garbage", id="compressed in the middle"),
        pytest.param(bytes(range(14, 256)), id="binary"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a":' * 100_000, id="deep objects"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"method":"GET","path":"\xff', id="not UTF-8 and cut off"),
        pytest.param(b"x" * (2 * LONGEST), id="too long"),
    ],
)
def test_what_is_no_line_of_ours_is_counted_and_shown(file, content):
    log = AccessLog()
    assert paths_in(file(line(path="/1"), content, line(path="/2")), log=log) == ["/1", "/2"]
    assert (log.lines, log.unparsed, len(log.examples)) == (3, 1, 1)
    assert log.examples[0].isprintable()
    assert 0 < len(log.examples[0]) <= SHOWN + 1


def test_three_examples_are_kept(file):
    log = AccessLog()
    assert paths_in(file(*(b"no %d" % number for number in range(9))), log=log) == []
    assert (log.unparsed, log.examples) == (9, ["no 0", "no 1", "no 2"])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"gateway-1  | " + line(), id="a container's name before it"),
        pytest.param(b"2026-11-22T00:21:41.057Z stdout F " + line(), id="a container runtime's prefix"),
        pytest.param(b"\0" * 5000 + line(), id="zero bytes of a file that was cut"),
        pytest.param(line() + b"\r", id="carriage return"),
        pytest.param(line().replace(b'"trace_id":null', b'"user_agent":"\xff\xfe"'), id="not UTF-8"),
        pytest.param(line(more={"deep": [1, {"x": None}]}, also="\x1b[2J"), id="more fields"),
    ],
)
def test_a_line_of_ours_is_read_whatever_is_around_it(file, content):
    log = AccessLog()
    assert paths_in(file(content), log=log) == ["/orders/7"]
    assert log.unparsed == 0


def test_empty_lines_and_zero_bytes_are_no_lines(file):
    log = AccessLog()
    assert paths_in(file(b"", b"  ", b"\0\0", line()), log=log) == ["/orders/7"]
    assert (log.lines, log.unparsed) == (1, 0)


def test_a_last_line_without_its_end(file):
    assert paths_in(file(line(path="/1"), line(path="/2"), end=b"")) == ["/1", "/2"]


def test_lines_across_the_blocks_in_which_a_file_is_read(file):
    many = [line(path=f"/{number}", user_agent="x" * (number * 7919 % 5000)) for number in range(1500)]
    assert paths_in(file(*many)) == [f"/{number}" for number in range(1500)]


def test_a_compressed_file_that_is_cut_off_is_read_up_to_there(file, tmp_path):
    whole = file(*(line(path=f"/{number}", request_id=f"{number:x}" * 9) for number in range(5000)), name="old.gz")
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole.read_bytes()[:-5000])
    broken = tmp_path / "broken.gz"
    broken.write_bytes(whole.read_bytes()[:3000] + b"\xff" * 3000)
    log = AccessLog()
    read = paths_in(cut, broken, file(line(path="/last")), log=log)
    assert read[0] == "/0"
    assert read[-1] == "/last"
    assert [trouble.partition(" ends too early: ")[0] for trouble in log.troubles] == [str(cut), str(broken)]


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            list(AccessLog().records([path]))


def test_sessions_and_refused_requests_are_told_from_requests(file):
    tcp = line(method=None, host=None, path=None, route=None, protocol=None, status=0)
    garbage = line(method=None, host=None, path=None, route=None, status=400, flags="DPE")
    slash = line(route=None, status=307, details="path_normalization_failed")
    nowhere = line(route=None, status=404, flags="NR", details="route_not_found")
    records = list(AccessLog().records([file(tcp, garbage, slash, nowhere)]))
    assert [record.is_http for record in records] == [False, True, True, True]
    assert [record.was_routed for record in records] == [False, False, False, True]


def test_fields_of_the_user_say_what_their_variables_were(file):
    fields = {"tenant": "request.headers.x-tenant", "id": "request.query.id", "new": "request.headers.x-new"}
    log = AccessLog(fields)
    (record,) = log.records([file(line(tenant="acme", id=None))])
    assert log.variables(record) == {"request.headers.x-tenant": "acme", "request.query.id": None}


def test_a_field_of_the_user_under_a_name_of_ours_says_nothing(file):
    log = AccessLog({"path": "request.headers.x-path"})
    (record,) = log.records([file(line())])
    assert log.variables(record) == {}


def test_a_value_that_was_redacted_says_nothing(file):
    log = AccessLog({"key": "request.headers.authorization"})
    (record,) = log.records([file(line(key="[redacted]"))])
    assert log.variables(record) == {}


class TestAsRequest:
    """A record, as the simulation takes it."""

    def request(self, variables=None, knows_query=False, **changes):
        record = AccessLog().record(line(**changes))
        return as_request(record, variables, knows_query=knows_query)

    def test_what_a_log_knows_and_what_it_does_not(self):
        request = self.request(user_agent="curl/8")
        assert (request.method, request.host, request.path) == ("GET", "shop.example", "/orders/7")
        assert (request.scheme, request.client_ip, request.sni) == ("http", "192.0.2.7", None)
        assert request.headers == {"user-agent": "curl/8"}
        assert request.unknown == {Aspect.HEADERS, Aspect.QUERIES}

    def test_a_parameter_that_was_redacted_is_not_known(self):
        request = self.request(path="/orders?page=2&token=[redacted]", knows_query=True)
        assert (request.path, Aspect.QUERIES in request.unknown) == ("/orders?page=2", True)

    def test_tls(self):
        request = self.request(tls_version="TLSv1.3", sni="shop.example")
        assert (request.scheme, request.sni) == ("https", "shop.example")

    def test_a_query_that_is_there_is_all_of_it(self):
        assert self.request(path="/a?b=c").path == "/a?b=c"
        assert self.request(path="/a?b=c").unknown == {Aspect.HEADERS}
        assert self.request(knows_query=True).unknown == {Aspect.HEADERS}

    def test_what_is_logged_besides(self):
        variables = {"request.headers.x-tenant": "acme", "request.headers.x-no": None, "request.query.id": "7"}
        request = self.request(variables)
        assert request.headers == {"x-tenant": "acme"}
        assert request.path == "/orders/7?id=7"
        assert Aspect.QUERIES in request.unknown

    def test_a_grpc_call(self):
        assert self.request(grpc_status="OK").headers["content-type"] == "application/grpc"

    def test_a_line_that_knows_next_to_nothing(self):
        request = self.request(method=None, host=None, path=None, client_ip=None)
        assert (request.method, request.host, request.path) == ("GET", "", "/")
        assert Aspect.CLIENT_IP in request.unknown


class TestFindRequest:
    def test_the_newest_line_with_everything_in_it(self, file):
        path = file(line(request_id="a", status=500), line(request_id="b"), line(request_id="a", zone="x"))
        found = find_request([path], "a")
        assert found.record.status == 200
        assert found.fields["zone"] == "x"
        assert found.file == path

    def test_what_its_variables_were(self, file):
        found = find_request([file(line(tenant="acme"))], LINE["request_id"], {"tenant": "request.headers.x-tenant"})
        assert found.variables == {"request.headers.x-tenant": "acme"}

    def test_an_id_in_another_field_is_not_the_id_of_the_request(self, file):
        assert find_request([file(line(user_agent="needle", path="/needle"))], "needle") is None
        assert find_request([file(line(request_id="needle-2"))], "needle") is None

    def test_the_newest_file_first(self, file):
        old = file(line(request_id="a", path="/old"), name="old.log")
        new = file(line(request_id="a", path="/new"), name="new.log")
        os.utime(old, (1, 1))
        assert find_request([old, new], "a").record.path == "/new"

    def test_in_a_compressed_file(self, file):
        path = file(line(request_id="a", path="/1"), line(request_id="a", path="/2"), line(), name="old.gz")
        assert find_request([path], "a").record.path == "/2"

    @pytest.mark.parametrize("end", [b"\n", b""])
    def test_anywhere_in_a_long_file(self, file, end):
        many = [line(request_id=f"id-{number}.", user_agent="x" * (number * 7919 % 5000)) for number in range(1500)]
        path = file(*many, end=end)
        for number in (0, 1, *range(400, 440), 1498, 1499):
            assert find_request([path], f"id-{number}.").record.request_id == f"id-{number}."
        assert find_request([path], "id-1500.") is None

    def test_around_a_line_that_is_too_long(self, file):
        path = file(line(request_id="a"), b"x" * (3 * LONGEST), line(request_id="b"))
        assert find_request([path], "a").record.request_id == "a"
        assert find_request([path], "b").record.request_id == "b"

    @pytest.mark.parametrize("name", ['with "quotes"', "with \\", "ünï", "\t"])
    def test_an_id_that_is_escaped(self, file, name):
        escaped = json.dumps(LINE | {"request_id": name}, ensure_ascii=False).encode()
        assert find_request([file(escaped)], name).record.request_id == name

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"needle", b'{"needle', b"\0\xffneedle\n"])
    def test_what_is_no_line_is_passed_over(self, file, content):
        assert find_request([file(content, end=b"")], "needle") is None

    def test_standard_input(self, monkeypatch):
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(line(request_id="a"))))
        monkeypatch.setattr(sys, "stdin", stream)
        assert find_request([STDIN], "a").record.request_id == "a"
