import pytest

from crossway.errors import RemoteError
from crossway.fleet.validate import TookTooLong, static, telling_line, validate, validate_async
from crossway.protos import from_dict, pack, to_dict
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_http_v3


def routes(*rules: dict[str, object]) -> route_v3.RouteConfiguration:
    hosts = [{"name": "all", "domains": ["*"], "routes": list(rules)}]
    return from_dict({"name": "edge", "virtual_hosts": hosts}, route_v3.RouteConfiguration)


def answer(status: int, **match: object) -> dict[str, object]:
    return {"match": match or {"prefix": "/"}, "direct_response": {"status": status}}


def test_resources_that_envoy_accepts():
    secret = tls_v3.Secret(name="ca", validation_context=tls_v3.CertificateValidationContext())
    assert validate(static(routes(answer(200)), cluster_v3.Cluster(name="orders"), secret)) is None


def test_the_field_that_is_wrong_is_named_with_its_path():
    said = validate(static(routes(answer(200), answer(999))))
    assert said.startswith("Proto constraint validation failed (")
    assert "VirtualHosts[0] > VirtualHostValidationError.Routes[1] > " in said
    assert said.endswith("Status: value must be inside range [200, 600))")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"static_resources": {"clusters": [{"name": "a", "connect_timeout": "-1s"}]}}, "Expected positive duration"),
        ({"nope": 1}, "no such field: 'nope'"),
        (static(routes(answer(200, safe_regex={"regex": "/(a"}))), "missing ): /(a"),
        (static(routes({"match": {"prefix": "/"}, "route": {"cluster": ""}})), "RouteActionValidationError.Cluster"),
    ],
)
def test_refusals_are_one_line_that_tells(config, said):
    telling = validate(config)
    assert said in telling
    assert len(telling) < 300
    assert "\n" not in telling


def test_an_expression_of_more_than_a_hundred_instructions_is_accepted_as_in_a_running_proxy():
    assert validate(static(routes(answer(200, safe_regex={"regex": "/[a-z]{1,400}"})))) is None


@pytest.mark.parametrize("form", [lambda config: config, to_dict], ids=["protobuf", "JSON"])
def test_secrets_of_a_refused_configuration_are_not_repeated(form):
    key = tls_v3.TlsCertificate(private_key=core_v3.DataSource(inline_string="the key itself"))
    broken = static(tls_v3.Secret(name="a", tls_certificate=key), cluster_v3.Cluster(name=""))
    said = validate(form(broken))
    assert "ClusterValidationError.Name" in said
    assert "the key itself" not in said


def test_an_envoy_that_says_nothing_in_time_refuses_nothing():
    with pytest.raises(TookTooLong, match=r"^Envoy did not say within 0\.001 s "):
        validate(static(routes(answer(200))), within=0.001)


def test_an_envoy_that_dies_refuses_nothing():
    context = tls_v3.UpstreamTlsContext()
    secret = context.common_tls_context.tls_certificate_sds_secret_configs.add(name="by ADS, which kills it")
    secret.sds_config.ads.SetInParent()
    cluster = cluster_v3.Cluster(name="orders")
    cluster.transport_socket.name = "envoy.transport_sockets.tls"
    cluster.transport_socket.typed_config.CopyFrom(pack(context))
    with pytest.raises(RemoteError, match=r"^Envoy was ended by SIG\w+ while it validated the configuration\.$"):
        validate(static(cluster))


async def test_the_event_loop_can_go_on_meanwhile():
    assert await validate_async(static(routes(answer(200)))) is None


def test_a_resource_with_no_place_in_a_bootstrap_is_our_mistake():
    with pytest.raises(TypeError, match=r"cannot hold a envoy\.config\.core\.v3\.Node"):
        static(core_v3.Node())


def test_an_extension_is_named_without_what_is_in_it():
    cluster = cluster_v3.Cluster(name="orders")
    options = upstream_http_v3.HttpProtocolOptions()
    options.explicit_http_config.http3_protocol_options.SetInParent()
    cluster.typed_extension_protocol_options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].CopyFrom(
        pack(options)
    )
    cluster.transport_socket.name = "envoy.transport_sockets.tls"
    cluster.transport_socket.typed_config.CopyFrom(pack(tls_v3.UpstreamTlsContext(sni="told to nobody")))
    said = validate(static(cluster))
    assert said.startswith("HTTP3 requires a QuicUpstreamTransport transport socket: orders")
    assert "told to nobody" not in said


def test_silence_is_said():
    assert telling_line("") == "Envoy refused the configuration without a word"
