from collections.abc import Mapping

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Stage, Target
from crossway.daemon.registry import load_policies
from crossway.daemon.showing import Showing
from crossway.model import REDACTED, Origin, Ref, Secret, Spec
from crossway.model.revision import Row


class Users(Spec):
    users: Mapping[str, Secret] = {}
    realm: str = ""


USERS = Policy(
    spec=Users, stage=Stage.ROUTER, applies=Target.ROUTE, targets=ROUTE_TARGETS, compile=lambda _spec, _site: Fragment()
)
SHOWING = Showing({**load_policies(), "users_file": USERS})


def row(kind: str, text: str) -> Row:
    return Row(Ref(kind, "shop"), text, Origin("x.yaml", 1))


def test_what_is_not_secret_is_shown_as_it_is():
    for text in ("shop: {to: x}  # why\n", "  shop:\n    to: [x]\n", "shop: {nonsense\n", "shop: {to: 'a\\b'}\n"):
        assert SHOWING.text(row("routes", text)) == text or "\\" in text
    plain = row("certificates", "shop: {ca: /b}  # why\n")
    assert SHOWING.text(plain) == plain.text


def test_what_is_secret_is_not_shown():
    hidden = [
        row("certificates", "shop: {certificate: /a, key: hidden}\n"),
        row("certificates", "shop: {key: hidden\n"),
        row("certificates", "shop: {certificate: /a, kye: hidden}\n"),
        row("routes", "shop: {to: x, policies: {users_file: {users: {ada: hidden}}}}\n"),
        row("routes", "shop: {to: x, policies: {users_fiel: {users: {ada: hidden}}}}\n"),
        row("routes", 'shop: {to: x, policies: {"users\\x5ffile": {"\\x75sers": {ada: hidden}}}}\n'),
    ]
    for one in hidden:
        assert "hidden" not in SHOWING.text(one)
        assert REDACTED in SHOWING.text(one)
        assert "hidden" not in str(SHOWING.value(one))
    assert SHOWING.text(hidden[0]).splitlines()[:2] == ["  shop:", "    certificate: /a"]


def test_what_has_no_secrets_is_not_read():
    showing = Showing(load_policies())
    for number in range(100):
        showing.text(row("routes", f"shop: {{to: x{number}}}\n"))
    assert showing.value.cache_info().misses == 0
