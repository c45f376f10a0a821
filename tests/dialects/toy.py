"""A small foreign language: shops with doors, each door a route; and a sign that adds to a shop's service."""

from typing import Annotated, Any

from crossway.dialects.contract import (
    OBJECTS,
    Concept,
    Dialect,
    Entity,
    Foreign,
    Ignored,
    Key,
    Language,
    Made,
    Mapped,
    Object,
    Refused,
    Translation,
    find,
)
from crossway.dialects.translator import Translated, Translator
from crossway.memo import Index, Read
from crossway.model import Document, Ref


class Condition(Foreign):
    path: Annotated[str, Mapped("routes.matches.path")]
    method: Annotated[str | None, Mapped("routes.matches.methods")] = None


class Door(Foreign):
    when: tuple[Condition, ...]
    guard: Annotated[str | None, Refused("nobody guards doors here")] = None


class Shop(Foreign):
    shop: Annotated[str, Mapped("the name")]
    at: Annotated[str, Mapped("services.endpoints")]
    doors: tuple[Door, ...] = ()
    paint: Annotated[str, Ignored("colour is for people")] = ""


class Sign(Foreign):
    sign: Annotated[str, Mapped("the name")]
    of: Annotated[str, Mapped("the shop")]
    says: Annotated[str, Mapped("services.protocol")]


def _of(read: Read, key: Key) -> frozenset[str]:
    sign = find(read, Sign, key)
    return frozenset({sign.value.of}) if sign else frozenset()


BY_SHOP: Index[Key, str] = Index(OBJECTS, _of, "signs by shop")


def translate_shop(_: Read, found: Object[Shop]) -> Translation:
    shop = found.value
    made = [Made(Ref("services", shop.shop), {"endpoints": [shop.at]}, found.source, {("endpoints",): ("at",)})]
    for index, door in enumerate(shop.doors):
        matches = [
            {"path": condition.path, **({"methods": [condition.method]} if condition.method else {})}
            for condition in door.when
        ]
        settings = {"matches": matches, "to": shop.shop, "policies": {"headers": {"request": {"set": {"x-a": "b"}}}}}
        links = {(): ("doors", index), **{("matches", number): ("doors", index, "when", number) for number in range(9)}}
        made.append(Made(Ref("routes", f"{shop.shop}_{index}"), settings, found.source, links))
    return Translation(tuple(made))


def translate_sign(_: Read, found: Object[Sign]) -> Translation:
    sign = found.value
    return Translation((Made(Ref("services", sign.of), {"protocol": sign.says}, found.source, overlay=True),))


def split(root: object) -> Any:
    if not isinstance(root, dict) or not root.keys() & {"shop", "sign", "stall"}:
        return None
    kind = next(name for name in ("shop", "sign", "stall") if name in root)
    return [Entity(Key(f"toy/{kind}", "default", str(root[kind])), root.pop("version", ""), (), root)]


TOY = Dialect(
    "toy",
    "Toy",
    Language("toy", ("shop:", "sign:", "stall:"), split),
    (
        Concept("toy/shop", Shop, translate_shop, atoms=frozenset({"doors[].when[]"})),
        Concept("toy/sign", Sign, translate_sign),
    ),
    (BY_SHOP,),
)

SHOP = """\
shop: bakery
at: 127.0.0.1:9001
doors:
- when: [{path: /bread}]
- when: [{path: /cake, method: GET}]
"""


def translated(*texts: str) -> Translated:
    """Return what these documents become."""
    return Translator([TOY]).read(Document(f"{number}.yaml", text) for number, text in enumerate(texts))


def settings(result: Translated) -> dict[str, Any]:
    """Return the settings of what was made, by kind and name."""
    return {str(document.about): document.settings for document in result.documents if document.about is not None}
