from crossway.dialects.fidelity import fidelity
from crossway.dialects.translator import Translator
from crossway.model import Document
from dialects.toy import SHOP, TOY


def test_it_says_what_became_of_each_field():
    translator = Translator([TOY])
    text = SHOP.replace("- when: [{path: /bread}]", "- when: [{path: /bread}]\n  guard: dog")
    translator.read([Document("a.yaml", f"{text}paint: red\n")])
    (told,) = translator.ask(fidelity)
    assert told.ignored == ((("paint",), "colour is for people"),)
    assert told.refused == ((("doors", 0, "guard"), "nobody guards doors here"),)
    assert ("doors", 1, "when", 0, "method") in told.mapped
    assert [str(ref) for ref in told.closed] == ["routes.bakery_0"]
    assert str(told).splitlines() == [
        "a.yaml:1:1: shop default/bakery: 5 mapped, 1 ignored, 1 refused",
        "  refused doors[0].guard: nobody guards doors here",
        "  ignored paint: colour is for people",
        "  closed routes.bakery_0",
    ]
    assert told.as_dict()["made"] == ["services.bakery", "routes.bakery_0", "routes.bakery_1"]
