from dialects.kong.reading import HEAD, read

PEM = "-----BEGIN CERTIFICATE----- AA=="
ROUTE = "routes: [{name: web, paths: [/web], service: web}]\n"


def test_a_certificate_opens_the_port_with_tls():
    found = read(
        f"{HEAD}certificates: [{{id: shop, cert: '{PEM}', key: '{PEM}', snis: [{{name: shop.example}}]}}]\n"
        f"services: [{{name: web, url: 'http://web'}}]\n{ROUTE}"
    )
    assert found.settings["certificates"]["shop"]["certificate"] == PEM
    assert found.settings["gateways"]["kong"]["listeners"] == {
        "proxy": 8000,
        "proxy_ssl": {"port": 8443, "tls": {"certificates": ["shop"]}},
    }


def test_authorities_and_the_certificate_of_the_gateway_are_those_of_a_service():
    found = read(
        f"{HEAD}certificates: [{{id: mine, cert: '{PEM}', key: '{PEM}'}}]\n"
        f"ca_certificates: [{{id: theirs, cert: '{PEM}'}}]\n"
        "services: [{name: web, url: 'https://web.example', tls_verify: true, ca_certificates: [theirs],"
        " client_certificate: {id: mine}}]\n"
    )
    assert found.settings["certificates"]["theirs"] == {"ca": PEM}
    assert found.settings["services"]["web"]["tls"] == {"sni": "web.example", "ca": "theirs", "certificate": "mine"}


def test_a_certificate_without_its_key_is_none():
    found = read(
        f"{HEAD}certificates:\n- {{id: shop, cert: '{PEM}'}}\n- {{id: other, cert: '{PEM}', key: '{{vault://env/x}}'}}\n"
    )
    assert "certificates" not in found.settings
    assert sorted(code for code, _ in found.said) == ["field.invalid", "field.missing", "field.missing"]
