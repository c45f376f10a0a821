"""The guilty are found, all of them and nobody else, whatever Envoy hints at."""

import pytest

from crossway.daemon.proof.hunt import Hunt
from crossway.daemon.proof.suspects import Route, Suspect
from crossway.errors import RemoteError
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.google import protobuf


def cluster(name: str, timeout: int, *needs: Suspect) -> Suspect:
    message = cluster_v3.Cluster(name=name, connect_timeout=protobuf.Duration(seconds=timeout))
    return Suspect(name, message, None, needs)


def route(name: str, regex: str) -> Route:
    message = route_v3.Route(name=name)
    message.match.safe_regex.regex = regex
    message.direct_response.status = 200
    return Route(name, message, None)


def guilty(*suspects: Suspect, hint: str = "") -> list[str]:
    with Hunt(60) as hunt:
        return [suspect.name for suspect, _ in hunt.guilty(suspects, hint)]


@pytest.mark.parametrize("wrong", [set(), {217}, {1, 2, 150, 299}])
def test_without_a_hint(wrong):
    clusters = [cluster(f"c{number}", -1 if number in wrong else 1) for number in range(300)]
    assert guilty(*clusters) == [f"c{number}" for number in sorted(wrong)]


def test_by_position():
    routes = [route(f"r{number}", "" if number == 61 else "/a") for number in range(100)]
    assert guilty(*routes) == ["r61"]


@pytest.mark.parametrize("hint", ["", "something else", "missing ): (c", "Routes[0] > ", "Routes[7] > ", "it is good"])
def test_a_hint_may_be_wrong(hint):
    # What Envoy quotes of the last one is part of the first one too, which is innocent.
    assert guilty(route("good", "/a[(]b/(c)"), route("fine", "/"), route("bad", "(c"), hint=hint) == ["bad"]


def test_nobody_is_guilty_of_what_only_two_together_are():
    twins = (cluster("twin", 1), cluster("twin", 1))
    with Hunt(60) as hunt:
        assert "duplicate" in (hunt.refusal(twins) or "")
        assert hunt.guilty(twins) == []


def test_what_is_needed_is_shown_once_and_not_if_it_is_guilty_itself():
    def secret(name: str) -> Suspect:
        return Suspect(name, tls_v3.Secret(name=name, validation_context=tls_v3.CertificateValidationContext()), None)

    def encrypted(name: str, needed: Suspect) -> Suspect:
        context = tls_v3.UpstreamTlsContext()
        context.common_tls_context.validation_context_sds_secret_config.name = needed.name
        message = cluster_v3.Cluster(name=name)
        message.transport_socket.name = "envoy.transport_sockets.tls"
        message.transport_socket.typed_config.CopyFrom(pack(context))
        return Suspect(name, message, None, (needed,))

    shared = secret("s")
    assert guilty(encrypted("a", shared), encrypted("b", shared)) == []
    wrong = Suspect("w", tls_v3.Secret(name="w"), None)
    wrong.message.validation_context.max_verify_depth.value = 1000
    with Hunt(60) as hunt:
        assert [suspect.name for suspect, _ in hunt.guilty([wrong])] == ["w"]
        ((suspect, reason),) = hunt.guilty([cluster("b", 1), encrypted("a", wrong)])
    assert suspect.name == "a"
    assert "Unknown static certificate validation context: w" in reason


def test_whoever_is_left_when_the_time_is_up_is_unproven():
    suspects = [cluster("a", -1), cluster("b", 1)]
    with Hunt(0) as hunt:
        assert hunt.guilty(suspects) == []
    assert hunt.unproven == suspects


def test_an_envoy_that_dies_blames_nobody():
    context = tls_v3.UpstreamTlsContext()
    context.common_tls_context.tls_certificate_sds_secret_configs.add(name="s").sds_config.ads.SetInParent()
    message = cluster_v3.Cluster(name="a")
    message.transport_socket.name = "envoy.transport_sockets.tls"
    message.transport_socket.typed_config.CopyFrom(pack(context))
    with pytest.raises(RemoteError, match="was ended by SIG"), Hunt(60) as hunt:
        hunt.guilty([cluster("b", 1), Suspect("a", message, None)])
