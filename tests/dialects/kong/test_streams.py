import pytest

from dialects.kong.reading import HEAD, Reading, read

PEM = "-----BEGIN CERTIFICATE----- AA=="


def of_stream(fields: str, rest: str = "") -> Reading:
    return read(
        f"{HEAD}services: [{{name: db, url: 'tcp://127.0.0.1:5432'}}]\n"
        f"routes:\n- {{name: db, service: db, {fields}}}\n{rest}"
    )


@pytest.mark.parametrize(("protocol", "spoken"), [("tcp", "tcp"), ("udp", "udp"), ("tls_passthrough", "tls")])
def test_a_port_is_a_gateway(protocol: str, spoken: str):
    found = of_stream(f"protocols: [{protocol}], destinations: [{{port: 5000}}, {{port: 5001}}]")
    word = protocol.replace("_", "-")
    assert found.settings["gateways"][f"kong-streams/{word}-5001"] == {
        "listeners": {"proxy": {"port": 5001, "protocol": spoken}}
    }
    assert found.route("kong-streams/db") == {"gateways": [f"{word}-5000", f"{word}-5001"], "to": "default/db"}
    assert found.said == []


def test_names_in_the_handshake_tell_connections_apart():
    certificates = f"certificates: [{{id: c, cert: '{PEM}', key: '{PEM}'}}]\n"
    found = of_stream("protocols: [tls], destinations: [{port: 5000}], snis: [db.example.]", certificates)
    assert found.route("kong-streams/db")["hostnames"] == ["db.example"]
    listener = found.settings["gateways"]["kong-streams/tls-5000"]["listeners"]["proxy"]
    assert listener == {"port": 5000, "protocol": "tcp", "tls": {"certificates": ["default/c"]}}


@pytest.mark.parametrize(
    "fields",
    [
        "protocols: [tcp]",
        "protocols: [tcp, udp], destinations: [{port: 5000}]",
        "protocols: [tcp], destinations: [{ip: 10.0.0.1}]",
        "protocols: [tcp], destinations: [{port: 5000}], sources: [{ip: 10.0.0.0/8}]",
        "protocols: [tcp], destinations: [{port: 5000}], snis: [db.example]",
    ],
)
def test_what_cannot_be_told_apart_is_left_out(fields: str):
    found = of_stream(fields)
    assert "dialect.refused" in {code for code, _ in found.said}
    assert "routes" not in found.settings


def test_a_route_without_a_service_or_with_a_plugin_that_is_unknown_is_left_out():
    found = of_stream("protocols: [tcp], destinations: [{port: 5000}]", "plugins: [{name: mine, route: db}]\n")
    assert [code for code, _ in found.said] == ["dialect.refused"]
    assert "routes" not in found.settings
    found = read(f"{HEAD}routes: [{{name: db, protocols: [tcp], destinations: [{{port: 5000}}]}}]\n")
    assert [code for code, _ in found.said] == ["reference.dangling"]
