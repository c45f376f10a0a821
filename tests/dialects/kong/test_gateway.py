from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.model import Document
from dialects.kong.reading import SERVICE, read

ROUTE = "routes: [{name: web, service: web, paths: [/web]}]\n"
NATIVE = "gateways: {edge: {listeners: {http: 9999}}}\n"


def test_there_is_one_where_kong_listens():
    assert read(SERVICE + ROUTE).settings["gateways"]["kong"] == {"listeners": {"proxy": 8000}}


def test_none_is_made_for_nothing():
    assert "gateways" not in read(SERVICE).settings


def test_plugins_for_everything_that_watch_are_attached_to_it():
    found = read(SERVICE + ROUTE + "plugins: [{name: prometheus}, {name: file-log, config: {path: /tmp/log}}]\n")
    assert found.settings["gateways"]["kong"]["policies"] == {
        "metrics": True,
        "access_log": {"outputs": ["stdout", "/tmp/log"]},
    }


def test_a_native_one_is_used_instead_for_as_long_as_it_is_there():
    pipeline = Pipeline(load_policies(), dialects=load_dialects())
    kong, native = Document("kong.yml", SERVICE + ROUTE), Document("native.yaml", NATIVE)
    for documents, name in (([kong], "kong"), ([kong, native], "edge"), ([kong], "kong")):
        loaded = pipeline.read(documents)
        assert [ref.name for ref in loaded.resources if ref.kind == "gateways"] == [name]
        pipeline.adopt(loaded)
        assert [row.route for row in pipeline.routes()] == ["web"]
        assert pipeline.findings() == ()
