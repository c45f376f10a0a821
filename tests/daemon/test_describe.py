from crossway.compile.envoy.resource import Resource
from crossway.daemon.describe import describe_snapshot
from crossway.model import Ref
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.xds.snapshot import Snapshot


def test_resources_are_told_by_kind_and_name():
    listener, cluster = listener_v3.Listener(name="a"), cluster_v3.Cluster(name="b", alt_stat_name="c")
    resources = [
        Resource.of("a", listener, Ref("gateways", "edge")),
        Resource.of("b", cluster),
        Resource.of("a", cluster_v3.Cluster(name="a")),
    ]
    told = describe_snapshot(Snapshot.of(resources))
    assert [(one["type"], one["name"], one["about"]) for one in told] == [
        ("clusters", "a", None),
        ("clusters", "b", None),
        ("listeners", "a", "gateways.edge"),
    ]
    assert list(told[1]["resource"]) == ["@type", "name", "alt_stat_name"]
    assert told[1]["version"] == resources[1].version


def test_secrets_are_not_told_and_stay_as_they_are():
    secret = tls_v3.Secret(
        name="s", generic_secret=tls_v3.GenericSecret(secret=core_v3.DataSource(inline_string="key"))
    )
    held = Resource.of("s", secret)
    (told,) = describe_snapshot(Snapshot.of([held]))
    assert told["resource"]["generic_secret"] == {"secret": {"inline_string": "[redacted]"}}
    assert b"key" in held.wire
