from crossway.compile.envoy.names import RUNTIME
from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, Finding, Ref

POLICIES = load_policies()
BASE = """\
gateways:
  edge: {listeners: {http: 8080, secure: {port: 8443, tls: {certificates: [web]}}}}
  inner: {listeners: {http: 81}}
services: {one: http://127.0.0.1:1, two: http://127.0.0.1:2}
certificates: {web: {certificate: a, key: b}}
routes:
  a: {gateways: [edge], to: one}
  b: {gateways: [inner], to: two}
"""


def started(text: str = BASE) -> Pipeline:
    pipeline = Pipeline(POLICIES)
    pipeline.adopt(pipeline.read([Document("c.yaml", text)]))
    pipeline.serve_certificates({"certificate/web"}, [])
    return pipeline


def names(pipeline: Pipeline, view: View | None = None) -> set[str]:
    """Return the names of what is given, but for what every proxy has that speaks HTTP: filters, and the runtime."""
    given = pipeline.resources(view) if view else pipeline.resources()
    filters = {resource.name for resource in given if resource.type_url.endswith("TypedExtensionConfig")}
    return {resource.name for resource in given} - filters - {RUNTIME}


def test_what_is_read_changes_nothing_before_it_is_adopted():
    pipeline = started()
    before = pipeline.resources()
    loaded = pipeline.read([Document("c.yaml", BASE.replace("to: one", "to: two"))])
    assert pipeline.resources() == before
    pipeline.adopt(loaded)
    assert pipeline.resources() != before


def test_a_view_is_given_what_its_gateways_need():
    pipeline = started()
    edge, inner = (View(frozenset({Ref("gateways", name)})) for name in ("edge", "inner"))
    assert names(pipeline, edge) == {
        "one",
        "edge/0.0.0.0:8080/tcp",
        "edge/0.0.0.0:8443/tcp",
        "edge/0.0.0.0:8080",
        "edge/secure",
    }
    assert names(pipeline, inner) == {"two", "inner/0.0.0.0:81/tcp", "inner/0.0.0.0:81"}
    assert names(pipeline) == names(pipeline, edge) | names(pipeline, inner)
    assert pipeline.view_certificates(edge) == {Ref("certificates", "web")}
    assert pipeline.view_certificates(inner) == frozenset()
    assert names(pipeline, View(frozenset({Ref("gateways", "nobody")}))) == set()


def test_an_edit_of_a_route_compiles_that_route():
    text = BASE + "".join(f"  r{number}: {{matches: [{{path: /{number}}}], to: one}}\n" for number in range(200))
    pipeline = started(text)
    pipeline.resources()
    pipeline.findings()
    before = dict(pipeline.evaluations)
    pipeline.adopt(pipeline.read([Document("c.yaml", text.replace("path: /7}", "path: /seven}"))]))
    pipeline.resources()
    pipeline.findings()
    ran = {name: count - before.get(name, 0) for name, count in pipeline.evaluations.items()}
    assert ran["plan_route"] == 1
    assert ran["compile_route"] <= 3  # one for each table it stands in
    assert ran.get("compile_cluster", 0) == ran.get("compile_listeners", 0) == 0


def test_a_certificate_without_its_secret_is_unusable_by_the_code_of_the_finding_about_it():
    pipeline = started()
    ref = Ref("certificates", "web")
    pipeline.serve_certificates(set(), [Finding("certificate.expired", "x", about=ref)])
    assert "edge/0.0.0.0:8443/tcp" not in names(pipeline)
    assert any("certificate.expired" in finding.message for finding in pipeline.findings())
    pipeline.serve_certificates({"certificate/web"}, [])
    assert "edge/0.0.0.0:8443/tcp" in names(pipeline)
    assert pipeline.findings() == ()


def test_each_thing_is_said_once_with_its_place():
    pipeline = started(BASE + "  c: {to: one, policies: {retry: {often: 1}, nope: {}}}\n")
    found = [f"{finding.code} {finding.origin}" for finding in pipeline.findings()]
    assert sorted(code for code in found if not code.startswith("route.")) == [
        "field.unknown c.yaml:9:35",
        "policy.unknown c.yaml:9:46",
    ]


def test_findings_from_elsewhere_find_their_places_too():
    finding = Finding("certificate.expired", "x", about=Ref("certificates", "web"), path=("certificate",))
    assert str(started().findings((finding,))[0].origin) == "c.yaml:5:35"


def test_what_nothing_reaches_any_more_is_forgotten(monkeypatch):
    monkeypatch.setattr("crossway.daemon.pipeline.SMALL", 0)
    pipeline = Pipeline(POLICIES)
    sizes = []
    for turn in range(30):
        routes = "".join(f"  r{turn}-{number}: {{matches: [{{path: /{number}}}], to: one}}\n" for number in range(20))
        pipeline.adopt(pipeline.read([Document("c.yaml", BASE + routes)]))
        pipeline.resources()
        sizes.append(pipeline._memo.size)
    assert max(sizes[10:]) < 3 * sizes[0]
