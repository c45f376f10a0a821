from collections.abc import Mapping
from dataclasses import replace

from crossway.dialects.contract import Object
from crossway.dialects.statuses import statuses
from crossway.dialects.translator import Translator
from crossway.memo import Read
from crossway.model import Document
from dialects.toy import SHOP, TOY, Sign


def tell(_: Read, found: Object[Sign]) -> Mapping[str, object] | None:
    return {"says": found.value.says} if found.key.name != "b" else None


def test_objects_whose_kind_tells_something_are_reported_in_order():
    translator = Translator([replace(TOY, statuses={"toy/sign": tell})])
    signs = [Document(f"{name}.yaml", f"sign: {name}\nof: bakery\nsays: of {name}\n") for name in "cab"]
    translator.read([Document("shop.yaml", SHOP), *signs])
    assert [item.status for item in translator.ask(statuses)] == [{"says": "of a"}, {"says": "of c"}]
