from crossway.dialects.contract import BY_KIND, OBJECTS, Key, Object, every, find, untranslated
from crossway.dialects.source import Piece, Source
from crossway.memo import Memo, Read
from dialects.toy import Shop, Sign


def key(name: str, namespace: str = "default") -> Key:
    return Key("toy/shop", namespace, name)


def shop(name: str, namespace: str = "default") -> Object[Shop]:
    return Object(key(name, namespace), Shop(shop=name, at="127.0.0.1:1"), Source(Piece("a.yaml", ""), (0,)))


def names(read: Read, namespace: str) -> tuple[str, ...]:
    return tuple(found.key.name for found in every(read, Shop, "toy/shop", namespace))


def is_found(read: Read, schema: type[Shop] | type[Sign], name: str) -> bool:
    return find(read, schema, key(name)) is not None


def test_objects_are_found_by_identity_and_schema():
    memo = Memo((BY_KIND,))
    memo.replace(OBJECTS, {key("a"): shop("a")})
    assert memo.get(is_found, Shop, "a")
    assert not memo.get(is_found, Sign, "a")
    assert not memo.get(is_found, Shop, "b")


def test_objects_of_a_kind_are_found_in_one_namespace_or_in_all():
    memo = Memo((BY_KIND,))
    memo.replace(OBJECTS, {one.key: one for one in (shop("b"), shop("a"), shop("c", "south"))})
    assert memo.get(names, "default") == ("a", "b")
    assert memo.get(names, "") == ("a", "b", "c")


def test_a_key_prints_as_people_say_it():
    assert str(Key("gateway.networking.k8s.io/HTTPRoute", "shop", "web")) == "HTTPRoute shop/web"


def test_a_concept_may_make_nothing():
    memo = Memo((BY_KIND,))
    memo.replace(OBJECTS, {key("a"): shop("a")})
    assert memo.get(untranslated, shop("a")).made == ()
