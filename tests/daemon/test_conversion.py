from crossway.daemon.conversion import converted, redacted
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.showing import Showing
from crossway.model import Document, Ref
from dialects.toy import SHOP, TOY

NATIVE = "consumers: {ada: {credentials: {api_key: [{key: not-for-everybody}]}}}\n"


def pipeline() -> Pipeline:
    return Pipeline(load_policies(), dialects=[TOY])


def test_native_and_foreign_resources_stand_side_by_side():
    result = converted(pipeline(), [Document("a.yaml", SHOP), Document("b.yaml", NATIVE)])
    assert Ref("consumers", "ada") in result.settings
    assert result.settings[Ref("services", "bakery")] == {"endpoints": ["127.0.0.1:9001"]}
    assert [str(told.key) for told in result.told] == ["shop default/bakery"]
    assert result.findings == ()


def test_what_no_resource_may_say_is_written_closed():
    result = converted(pipeline(), [Document("a.yaml", SHOP.replace("127.0.0.1:9001", "nowhere"))])
    assert result.settings[Ref("services", "bakery")] == {"endpoints": []}
    assert [finding.origin.line for finding in result.findings if finding.origin] == [2]


def test_secrets_are_shown_redacted():
    result = converted(pipeline(), [Document("b.yaml", NATIVE)])
    assert "not-for-everybody" not in str(redacted(result.settings, Showing(load_policies())))
    assert "not-for-everybody" in str(result.settings)
