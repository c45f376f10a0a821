from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.translator import Translator, translations
from crossway.model import Document, Ref, Route, Service
from dialects.toy import SHOP, TOY, settings, translated

GATEWAY = "gateways: {edge: {listeners: {http: 8080}}}\n"


def test_an_object_becomes_resources():
    made = settings(translated(SHOP))
    assert made["services.bakery"] == {"endpoints": ["127.0.0.1:9001"]}
    assert made["routes.bakery_1"]["matches"] == [{"path": "/cake", "methods": ["GET"]}]


def test_translated_resources_stand_where_their_object_does():
    result = translated(SHOP)
    (route,) = (one for one in result.documents if one.about == Ref("routes", "bakery_1"))
    assert route.line == 1
    assert route.places[()].line == 5
    assert route.places[("matches", 0)].line == 5


def test_an_overlay_adds_to_what_another_object_makes():
    made = settings(translated("sign: s\nof: bakery\nsays: http2\n", SHOP))
    assert made["services.bakery"] == {"endpoints": ["127.0.0.1:9001"], "protocol": "http2"}


def test_what_an_overlay_adds_stands_where_the_overlay_does():
    result = translated(SHOP, "# a comment\nsign: s\nof: bakery\nsays: http2\n")
    (service,) = (one for one in result.documents if one.about == Ref("services", "bakery"))
    assert (service.places[("endpoints",)].document, service.places[("protocol",)].document) == ("0.yaml", "1.yaml")
    assert service.places[()].document == "0.yaml"


def test_an_overlay_alone_is_nothing():
    result = translated("sign: s\nof: bakery\nsays: http2\n")
    assert settings(result) == {}
    assert result.findings == ()


def test_two_that_say_different_things_are_found_and_the_first_is_right():
    result = translated(SHOP, "sign: s\nof: bakery\nsays: http2\n", "sign: t\nof: bakery\nsays: http1\n")
    (finding,) = result.findings
    assert finding.code == "dialect.conflict"
    assert finding.origin is not None
    assert finding.origin.document == "2.yaml"
    assert settings(result)["services.bakery"]["protocol"] == "http2"


def test_a_mistake_closes_the_part_that_it_is_in():
    result = translated(SHOP.replace("- when: [{path: /bread}]", "- when: [{path: /bread}]\n  guard: dog"))
    made = settings(result)
    assert made["routes.bakery_0"]["respond"]["status"] == 503
    assert made["routes.bakery_0"]["matches"] == [{"path": "/bread"}]
    assert made["routes.bakery_1"]["to"] == "bakery"
    assert made["services.bakery"]["endpoints"] == ["127.0.0.1:9001"]
    assert [(finding.code, finding.origin and finding.origin.line) for finding in result.findings] == [
        ("dialect.refused", 5)
    ]


def test_a_mistake_of_the_object_closes_all_of_it():
    made = settings(translated(f"{SHOP}colour: red\n"))
    assert made["services.bakery"] == {"endpoints": []}
    assert all("respond" in made[f"routes.bakery_{index}"] for index in (0, 1))


def test_a_wrong_overlay_closes_what_it_is_about():
    made = settings(translated(SHOP, "sign: s\nof: bakery\nsays: http2\ncolour: red\n"))
    assert made["services.bakery"] == {"endpoints": []}


def test_of_two_objects_with_one_name_the_first_is_right():
    result = translated(SHOP, SHOP.replace("9001", "9002"))
    assert [finding.code for finding in result.findings] == ["name.duplicate"]
    assert settings(result)["services.bakery"]["endpoints"] == ["127.0.0.1:9001"]


def test_what_stays_is_the_same_document():
    translator = Translator([TOY])
    other = SHOP.replace("bakery", "butcher")
    before = translator.read([Document("a.yaml", f"{SHOP}---\n{other}")])
    after = translator.read([Document("a.yaml", f"{SHOP}---\n{other.replace('9001', '9002')}")])
    known = {one.about: one for one in before.documents}
    same = {str(one.about) for one in after.documents if known[one.about] is one}
    assert same == {"services.bakery", "routes.bakery_0", "routes.bakery_1"}


def test_what_moved_knows_its_new_line():
    translator = Translator([TOY])
    translator.read([Document("a.yaml", SHOP)])
    result = translator.read([Document("a.yaml", f"sign: s\nof: x\nsays: http2\n---\n{SHOP}")])
    (service,) = (one for one in result.documents if one.about == Ref("services", "bakery"))
    assert service.line == 4
    assert service.places[()].line == 5


def test_the_newest_reading_can_be_asked():
    translator = Translator([TOY])
    translator.read([Document("a.yaml", SHOP)])
    ((_, ((key, _, translation),)),) = translator.ask(translations)
    assert key.name == "bakery"
    assert len(translation.made) == 3


def test_broken_text_refuses_all_of_it_and_a_broken_object_only_itself():
    pipeline = Pipeline(load_policies(), dialects=[TOY])
    broken = pipeline.read([Document("a.yaml", "shop: [\n"), Document("b.yaml", GATEWAY)])
    assert broken.refused
    wrong = pipeline.read([Document("a.yaml", f"{SHOP}colour: red\n"), Document("b.yaml", GATEWAY)])
    assert not wrong.refused
    assert [finding.code for finding in wrong.findings] == ["field.unknown"]


def test_a_route_that_says_what_no_route_may_is_closed_in_its_place():
    pipeline = Pipeline(load_policies(), dialects=[TOY])
    loaded = pipeline.read([Document("a.yaml", SHOP.replace("method: GET", "method: G T"))])
    route = loaded.resources.get(Ref("routes", "bakery_1"))
    assert not loaded.refused
    assert [(finding.code, finding.origin and finding.origin.line) for finding in loaded.findings] == [
        ("field.invalid", 5)
    ]
    assert route is None or (isinstance(route, Route) and route.respond is not None)
    other = loaded.resources[Ref("routes", "bakery_0")]
    assert isinstance(other, Route)
    assert other.to


def test_a_broken_policy_closes_its_route_as_everywhere():
    pipeline = Pipeline(load_policies(), dialects=[TOY])
    loaded = pipeline.read([Document("a.yaml", SHOP.replace("127.0.0.1:9001", "nowhere"))])
    service = loaded.resources[Ref("services", "bakery")]
    assert isinstance(service, Service)
    assert service.endpoints == ()
    assert not loaded.refused
