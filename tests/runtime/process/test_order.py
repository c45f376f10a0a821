from msgspec import Raw, json

from crossway.compile.program import Bounds, Code, PluginStep
from crossway.runtime.process.order import Order, Report, Run

CODE = Code("stamp.py", "x = 1")
RUN = Run(PluginStep("stamp", "0" * 16, "stamp", settings=Raw(b'{"a": 1}'), bounds=Bounds(0.5)), "routes.shop", "inner")


def order(**runs: Run) -> Order:
    return Order(CODE, 2**28, 0.5, serves=True, parent=7, runs=runs)


def test_an_order_arrives_as_it_was_given_and_on_one_line():
    sent = json.encode(order(word=RUN))
    assert b"\n" not in sent
    assert json.decode(sent, type=Order) == order(word=RUN)


def test_an_order_is_called_as_its_plugin_is():
    assert order(word=RUN).name == "stamp"
    assert order().name == "stamp.py"


def test_a_report_arrives_as_it_was_sent():
    report = Report(3, 1, 0, 0.25, 0.125)
    assert json.decode(json.encode(report), type=Report) == report
