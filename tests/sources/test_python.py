import asyncio
from contextlib import aclosing

import pytest

from crossway.daemon.offline import open_configuration
from crossway.sources import python
from crossway.sources.files import Files
from crossway.sources.python import App, open_source
from sources.contract import following

APP = """\
from crossway import Crossway, rate_limit
from ports import port

cw = Crossway()
cw.gateway(port=port)
orders = cw.service("orders", "http://127.0.0.1:9002")
cw.route("/orders/*", to=orders, policies=[rate_limit("100/minute", by="client_ip")])
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "ports.py").write_text("port = 8080\n")
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


def named(reading):
    return {str(document.about): document for document in reading[0]}


def test_a_path_is_an_app_if_it_ends_so(tmp_path):
    assert isinstance(open_source(tmp_path / "app.py"), App)
    assert isinstance(open_source(tmp_path), Files)


def test_a_document_for_each_resource(app):
    documents, findings = App(app).read()
    assert findings == ()
    assert [str(document.about) for document in documents] == ["gateways.edge", "services.orders", "routes.orders"]
    assert [document.line for document in documents] == [5, 6, 7]
    assert {document.name for document in documents} == {str(app)}
    assert "100/minute" not in repr(documents)


def test_it_is_read_as_the_same_yaml_is(app, tmp_path):
    same = tmp_path / "same.yaml"
    same.write_text("""
gateways: {edge: {listeners: {http: {port: 8080}}}}
services: {orders: {endpoints: ["127.0.0.1:9002"]}}
routes:
  orders:
    matches: [{path: /orders/*}]
    to: orders
    policies: {rate_limit: {limit: 100/minute, by: client_ip}}
""")
    one, other = open_configuration(app), open_configuration(same)
    assert one.findings == other.findings == ()
    assert one.pipeline.loaded.resources == other.pipeline.loaded.resources


def test_a_mistake_is_told_as_in_yaml_at_its_line(app):
    app.write_text(APP.replace('by="client_ip"', 'bye="client_ip"') + "cw.route('/x', to=orders,\n  prioritie=1)\n")
    found = {finding.code: finding for finding in open_configuration(app).findings}
    assert str(found["field.unknown"].origin) == f"{app}:8:1"
    app.write_text(APP.replace('by="client_ip"', 'bye="client_ip"'))
    (finding,) = open_configuration(app).findings
    assert finding.code == "field.unknown"
    assert finding.hint == "did you mean 'by'?"
    assert (finding.origin.line, finding.origin.column) == (7, 44)


def test_reading_twice_gives_the_same_objects(app):
    source = App(app)
    assert source.read() == source.read()


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("import os\nos._exit(3)\n", "app.broken", "with status 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "app.broken", "with status -9"),
        ("while True: pass\n", "app.slow", "longer than 1 seconds"),
        ("print('x' * 100000)\nimport sys\nsys.stdin.read()\nx = 1\n", "app.missing", "no Crossway()"),
        (
            "import subprocess, sys\nsubprocess.Popen(['sleep', '1000'])\nraise KeyError(1)\n",
            "app.broken",
            "KeyError: 1",
        ),
    ],
)
def test_whatever_it_does_is_a_finding(app, monkeypatch, text, code, message):
    monkeypatch.setattr(python, "LONGEST", 1.0 if code == "app.slow" else 15.0)
    app.write_text(text)
    documents, (finding,) = App(app).read()
    assert documents == ()
    assert finding.code == code
    assert message in finding.message
    assert finding.origin.document == str(app)


def test_an_app_that_is_not_there(tmp_path):
    (finding,) = App(tmp_path / "app.py").read()[1]
    assert finding.code == "file.missing"


async def test_an_edit_is_yielded_and_the_others_stay_the_same_objects(app):
    source = App(app)
    before = named(source.read())
    async with aclosing(source.changes()) as changes:
        app.write_text(APP.replace("9002", "9003"))
        after = named(await following(changes))
        assert "9003" in after["services.orders"].text
        assert after["gateways.edge"] is before["gateways.edge"]
        app.with_name("ports.py").write_text("port = 9000\n")
        assert "9000" in named(await following(changes))["gateways.edge"].text


async def test_a_broken_edit_is_a_finding_until_it_is_mended(app):
    source = App(app)
    before = source.read()
    async with aclosing(source.changes()) as changes:
        app.with_name("ports.py").write_text("port = \n")
        documents, (finding,) = await following(changes)
        assert (documents, finding.code) == ((), "app.broken")
        assert finding.origin.document == str(app.with_name("ports.py"))
        app.with_name("ports.py").write_text("port = 8080\n")
        assert [document.text for document in (await following(changes))[0]] == [each.text for each in before[0]]


async def test_an_edit_that_says_the_same_is_no_change(app):
    source = App(app)
    source.read()
    async with aclosing(source.changes()) as changes:
        app.write_text(APP + "# nothing\n")
        waiting = asyncio.ensure_future(following(changes))
        done, _ = await asyncio.wait({waiting}, timeout=1)
        assert not done
        app.write_text(APP.replace("9002", "9003"))
        assert "9003" in named(await waiting)["services.orders"].text
