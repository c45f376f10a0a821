import yaml
from hypothesis import given
from hypothesis import strategies as st

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.tenancy import claims, veil
from crossway.model import Document, Finding, Ref, Resources, Severity, hostname
from crossway.model.access import Identity, Role

A = Identity("token:a", Role.EDITOR, frozenset({"team-a"}))
EVERYBODY = Identity("local:root", Role.ADMIN)

POLICIES = load_policies()

SHARED = """
gateways:
  edge: {listeners: {http: 8080, inner: {port: 8081, hostnames: ["*.inner.example"]}, raw: {port: 9000, protocol: tcp}}}
services: {echo: "http://127.0.0.1:9001"}
namespaces:
  team-b:
    services: {orders: "http://127.0.0.1:9002"}
    certificates: {own: {certificate: /b.crt, key: "a secret"}}
    routes:
      orders: {gateways: [default/edge], listeners: [http], hostnames: [b.example, "*.shop.example"], to: orders}
"""


def read(text: str) -> Resources:
    loaded = Pipeline(POLICIES).read([Document("crossway.yaml", text)])
    assert [str(finding) for finding in loaded.findings] == []
    return loaded.resources


def added(*, to: str = "echo", more: str = "", **route: object) -> Resources:
    """Return the shared configuration with a route, a service and maybe more of team-a."""
    settings = {"gateways": ["default/edge"], "listeners": ["http"], "to": to, **route}
    own = {"services": {"echo": "http://127.0.0.1:9003"}, "routes": {"hello": settings}}
    read_more = yaml.safe_load(more) if more else {}
    whole = yaml.safe_load(SHARED)
    whole["namespaces"]["team-a"] = own | read_more
    return read(yaml.safe_dump(whole))


def codes(after: Resources, before: Resources | None = None, who: Identity = A) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in claims(before or read(SHARED), after, who)]


def test_what_is_in_ones_own_namespace_is_free():
    assert codes(added(hostnames=["a.example", "*.a.example"])) == []


def test_who_is_not_bound_may_do_anything():
    assert codes({}, who=EVERYBODY) == []


def test_a_hostname_of_others_is_taken():
    taken = [("hostname.taken", "routes.team-a/hello.hostnames[1]")]
    for name in ("b.example", "shop.shop.example", "*.shop.example", "*.deep.shop.example", "*.example", "*"):
        assert codes(added(hostnames=["a.example", name])) == taken, name
    for name in ("shop.example", "c.example", "*.b.example", "b.example.org", "hop.example"):
        assert codes(added(hostnames=["a.example", name])) == [], name


def test_no_hostname_is_every_hostname():
    assert codes(added()) == [("hostname.taken", "routes.team-a/hello.hostnames")]


def test_the_finding_does_not_say_whose_it_is():
    (finding,) = claims(read(SHARED), added(hostnames=["b.example"]), A)
    assert "b.example on gateway edge is in use by somebody else" in str(finding)
    assert "team-b" not in str(finding)
    assert finding.severity is Severity.ERROR


def test_only_hostnames_that_a_listener_serves_are_claimed():
    assert codes(added(listeners=["inner"])) == []
    assert codes(added(listeners=["inner"], hostnames=["b.example"])) == []


def test_a_listener_without_http_is_a_space_of_its_own():
    assert codes(added(listeners=["raw"])) == []


def test_another_gateway_is_another_space():
    gateway = "gateways: {own: {listeners: {http: 8090}}}"
    assert codes(added(gateways=[], listeners=[], hostnames=["b.example"], more=gateway)) == []


def test_what_was_given_before_stays():
    before = added(hostnames=["b.example"])
    assert codes(added(hostnames=["b.example"], priority=3), before) == []
    grown = [("hostname.taken", "routes.team-a/hello.hostnames[1]")]
    assert codes(added(hostnames=["b.example", "x.shop.example"]), before) == grown
    assert codes(read(SHARED), before) == []


def test_a_listener_of_ones_own_takes_no_hostname_from_the_routes_of_others():
    whole = yaml.safe_load(SHARED)
    listeners = {"http": {"port": 8090, "hostnames": ["b.example"]}}
    whole["namespaces"]["team-a"] = {"gateways": {"own": {"listeners": listeners}}}
    whole["namespaces"]["team-b"]["routes"]["orders"] |= {"gateways": ["team-a/own"], "listeners": []}
    before = read(yaml.safe_dump(whole))
    listeners["other"] = {"port": 8091, "hostnames": ["c.example"]}
    assert codes(read(yaml.safe_dump(whole)), before) == []
    listeners["other"] = {"port": 8091}
    taken = [("hostname.taken", "gateways.team-a/own.listeners.other.hostnames")]
    assert codes(read(yaml.safe_dump(whole)), before) == taken


def test_nothing_outside_is_changed():
    before, after = read(SHARED), dict(read(SHARED))
    del after[Ref("services", "orders", "team-b")]
    after[Ref("services", "new")] = before[Ref("services", "echo")]
    found = claims(before, after, A)
    assert {(finding.code, finding.message) for finding in found} == {
        ("namespace.foreign", "services.team-b/orders is in none of your namespaces"),
        ("namespace.foreign", "services.new is in none of your namespaces"),
    }
    assert all(finding.expected == "team-a" for finding in found)


def test_a_namespace_belongs_to_itself():
    policies = "policies: {timeout: {request: 3s}}"
    assert codes(added(hostnames=["a.example"], more=policies)) == []
    default = Identity("token:default", Role.EDITOR, frozenset({"default"}))
    whole = yaml.safe_load(SHARED)
    whole["namespaces"]["team-b"]["policies"] = {"timeout": {"request": "3s"}}
    assert codes(read(yaml.safe_dump(whole)), who=default) == [("namespace.foreign", "")]


def test_the_services_and_certificates_of_others_are_theirs():
    hostnames = ["a.example"]
    foreign = [("namespace.foreign", "routes.team-a/hello.to[0].service")]
    assert codes(added(to="team-b/orders", hostnames=hostnames)) == foreign
    assert codes(added(to="default/echo", hostnames=hostnames)) == foreign
    given = added(to="team-b/orders", hostnames=hostnames)
    assert codes(added(to="team-b/orders", hostnames=hostnames, priority=1), given) == []
    mirror = {"mirror": {"to": "team-b/orders"}}
    ((code, path),) = codes(added(hostnames=hostnames, policies=mirror))
    assert (code, path.startswith("routes.team-a/hello.policies.mirror")) == ("namespace.foreign", True)
    tls = "gateways: {own: {listeners: {https: {port: 8443, tls: {certificates: [team-b/own]}}}}}"
    listener = "gateways.team-a/own.listeners.https.tls.certificates[0]"
    assert codes(added(hostnames=hostnames, more=tls)) == [("namespace.foreign", listener)]


NAMES = st.sampled_from(["a.b", "*.b", "a.a.b", "*.a.b", "b", "*", "a.c", "*.c", "x.a.b"])


@given(theirs=st.lists(NAMES, unique=True), ours=NAMES)
def test_hostnames_are_taken_where_they_have_something_in_common(theirs, ours):
    whole = yaml.safe_load(SHARED)
    whole["namespaces"]["team-b"]["routes"]["orders"]["hostnames"] = theirs
    before = read(yaml.safe_dump(whole))
    mine = {"gateways": ["default/edge"], "hostnames": [ours], "respond": {}}
    whole["namespaces"]["team-a"] = {"routes": {"mine": mine}}
    found = claims(before, read(yaml.safe_dump(whole)), A)
    common = any(hostname.intersection(ours, name) for name in theirs or ["*"])
    assert [finding.code for finding in found] == ["hostname.taken"] * common


def test_only_what_exists_for_somebody_is_told():
    resources = added(hostnames=["a.example"])
    own, foreign = Ref("routes", "hello", "team-a"), Ref("routes", "orders", "team-b")
    findings = (
        Finding("route.overlap", "never reached on a.example: routes.team-b/orders takes them all", about=own),
        Finding("route.overlap", "the same as routes.team-a/hello", about=foreign),
        Finding("reference.dangling", "there is no service 'echo', or team-b/orders, nor echo", about=own),
        Finding("proxy.refused", "Envoy refuses routes/team-b/thing: at /team-b/orders", hint="see team-b/orders"),
        Finding("crossway.bug", "it failed on routes.unheard and services.echo."),
    )
    assert veil(findings, EVERYBODY, resources) == findings
    assert [(item.message, item.hint) for item in veil(findings, A, resources)] == [
        ("never reached on a.example: [another namespace] takes them all", ""),
        ("there is no service '[another namespace]', or [another namespace], nor echo", ""),
        ("Envoy refuses [another namespace]: at /team-b/orders", "see [another namespace]"),
        ("it failed on routes.unheard and [another namespace].", ""),
    ]
