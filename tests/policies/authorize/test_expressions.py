import subprocess
import sys

import pytest

from crossway.fleet.validate import static, validate
from crossway.policies.authorize import Authorize, compile_authorize
from crossway.policies.authorize.expressions import check_expression, compile_expression
from crossway.protos import from_dict, pack, to_dict, type_url
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as rbac_v3
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

GOOD = [
    *('consumer == "alice"', 'plan in ["free", "paid"]', 'credential.startsWith("ci-")', '.consumer == "alice"'),
    *('"gold" in groups && !("x.y" in tags)', 'claims.realm.level > 2 || claims["a.b"] == "c"', "has(claims.sub)"),
    *("claims.is_admin", "claims.rate > 2.5", '"admin" in claims.roles', "size(claims) > 0"),
    *('request.method == "GET"', 'request.path == "/?a"', 'request.url_path.matches("^/v[0-9]+/")', "request.id != ''"),
    *('request.headers["x-a"] == "b"', '"x-a" in request.headers', "has(request.headers.host)", "request.size < 1000"),
    *('request.host.endsWith(".test")', 'request.scheme == "https"', 'request.query.contains("a=")'),
    *('request.protocol == "HTTP/2"', 'source.address.startsWith("10.")', "source.port > 1024"),
    *("connection.mtls", 'connection.tls_version == "TLSv1.3"', 'connection.requested_server_name == "a"'),
    *('connection.subject_peer_certificate == "CN=a"', 'connection.uri_san_peer_certificate == "spiffe://a/b"'),
    *('connection.dns_san_peer_certificate == "a"', 'connection.sha256_peer_certificate_digest == "00"'),
    *('request.time < timestamp("2030-01-01T00:00:00Z")', 'request.time - duration("1h") < timestamp(0)'),
    *("request.time.getFullYear() > 1", "request.time.getMonth() > 1", "request.time.getDayOfMonth('UTC') > 1"),
    *("request.time.getDate() > 1", "request.time.getDayOfYear() > 1", "request.time.getDayOfWeek() > 1"),
    *("request.time.getHours() > 1", "request.time.getMinutes('Asia/Kolkata') > 1", "request.time.getSeconds() > 1"),
    *("request.time.getMilliseconds() > 1", 'duration("1h").getHours() == 1', 'duration("1h").getMinutes() == 60'),
    *("1 + 1 == 2", "1u + 1u == 2u", "1.0 + 1.0 == 2.0", "2 - 1 == 1", "2 * 2 == 4", "4 / 2 == 2", "5 % 2 == 1"),
    *("-1 < 0", "1 != 2", "true ? true : false", 'b"a" < b"b"', "[1] == [1]", "[1][0] == 1", "{1: 2}[1] == 2"),
    *('int("1") == 1', "int(1.5) == 1", "uint(1) == 1u", "double(1) == 1.0", 'bool("true")', 'bytes("a") == b"a"'),
    *('size("a") == 1', '"a".size() == 1', "size([1]) == 1", "size({1: 2}) == 1", "type(1) == int", "dyn(1) == 1"),
    *("1 in [1]", "1 in {1: 2}", "null == null", "google.protobuf.BoolValue{value: true}"),
    " || ".join(f"request.path == '/{number}'" for number in range(300)),
    f"request.path in {[f'/{number}' for number in range(300)]}",
]
BAD = {
    'request.pth == "a"': "there is no 'request.pth', at character 8; did you mean 'request.path'?",
    'consumr == "a"': "there is no 'consumr', at character 1; did you mean 'consumer'?",
    "request": "there is no 'request', at character 1",
    "a == b": "there is no 'a', at character 1",
    "now() > request.time": "there is no 'now', at character 4",
    "request.method == 1": r"found no matching overload for '_==_' applied to '\(string, int\)', at character 16",
    "request.method\n == 1": "at line 2, character 2",
    "1 +": "Syntax error: .* at character 4",
    " ": "Syntax error",
    "(" * 50 + "true" + ")" * 50: "recursion limit",
    "consumer": "the expression is string, where it has to be true or false",
    "request.headers": "the expression is map<string, string>, where",
    "null": "the expression is null, where",
    "claims.roles.exists(role, role == 'a')": "the proxy has no loops: .* at character 20",
    "consumer + 'a' == 'b'": "the proxy cannot join texts, at character 10",
    "claims.a + 'b' == 'c'": "the proxy cannot join texts, at character 10",
    "[1] + [2] == [1, 2]": "the proxy cannot join lists, at character 5",
    "b'a' + b'b' == b'ab'": "the proxy cannot join bytes, at character 6",
    "string(1) == '1'": "the proxy cannot turn values into texts, at character 7",
    "'a'.charAt(0) == 'a'": "there is no 'charAt'",
    "consumer in groups": 'groups can only be asked for a member that is written out, as in "gold" in groups',
    "size(tags) > 0": "tags can only be asked for a member",
    "1 in groups": "found no matching overload for '@in'",
    "request.path.matches('(')": "not a regular expression",
    "request.path.matches('(?=a)')": "not in RE2",
    "request.path.matches('a{2000}')": "repeats at most 1000 times",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_what_is_wrong_is_said_with_its_place(text, message):
    with pytest.raises(ValueError, match=message):
        check_expression(text)


def test_a_long_or_empty_expression_is_refused_where_it_stands():
    for text in ("", "true || " * 2000 + "true"):
        with pytest.raises(ValueError, match="String should have at"):
            Authorize.model_validate({"allow": [{"cel": text}]})


def test_envoy_takes_what_was_checked():
    rules = [{"cel": text} for text in GOOD]
    spec = Authorize.model_validate({"allow": rules, "deny": rules})
    (settings,) = compile_authorize(spec, None).per_route.values()
    assert isinstance(settings, rbac_v3.RBACPerRoute)
    rbac = {"name": "rbac", "typed_config": to_dict(pack(settings.rbac))}
    router = {"@type": type_url(router_v3.Router)}
    manager = {
        "@type": type_url(hcm_v3.HttpConnectionManager),
        "stat_prefix": "test",
        "route_config": {},
        "http_filters": [rbac, {"name": "router", "typed_config": router}],
    }
    listener = {
        "name": "test",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 1}},
        "filter_chains": [{"filters": [{"name": "manager", "typed_config": manager}]}],
    }
    assert validate(static(from_dict(listener, listener_v3.Listener))) is None


def test_each_part_has_a_number_of_its_own_after_names_were_replaced():
    text = str(compile_expression('consumer == "a" && consumer != plan && "gold" in groups'))
    numbers = [line.split()[1] for line in text.splitlines() if line.strip().startswith("id:")]
    assert len(numbers) == len(set(numbers)) > 20
    assert "x-consumer-username" in text
    assert '"consumer"' not in text


def test_only_who_writes_an_expression_pays_for_it():
    code = (
        "import sys; from crossway.policies.authorize import Authorize, compile_authorize\n"
        "spec = Authorize.model_validate({'allow': [{'groups': ['gold'], 'paths': ['~/v[0-9]+']}]})\n"
        "compile_authorize(spec, None); assert 'cel_expr_python' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
