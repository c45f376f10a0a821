from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crossway.model.access import GENESIS, AuditEntry, Identity, Role, Token

TIME = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ENTRY = AuditEntry(1, TIME, "token:ci", "127.0.0.1", "resource.put", "routes.a", "revision 1", GENESIS)


def test_each_role_may_do_what_the_ones_before_it_may():
    roles = [Role.VIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN]
    assert [[role.includes(other) for other in roles] for role in roles] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


def test_who_is_bound_to_namespaces_sees_those_alone():
    bound = Identity("token:ci", Role.EDITOR, frozenset({"shop"}))
    assert bound.sees("shop")
    assert not bound.sees("default")
    assert Identity("local:ada", Role.ADMIN).sees("shop")


def test_a_token_does_not_print_its_hash():
    token = Token("ci1", "the pipeline", "f" * 64, Role.EDITOR, frozenset(), TIME)
    assert "f" * 64 not in repr(token)


OTHER = {
    "number": 2,
    "time": TIME + timedelta(microseconds=1),
    "author": "token:other",
    "address": "::1",
    "action": "resource.delete",
    "target": "routes.b",
    "outcome": "refused",
    "previous": "f" * 64,
}


@pytest.mark.parametrize("field", [field.name for field in fields(AuditEntry)])
def test_the_hash_of_an_entry_covers_every_field(field):
    assert replace(ENTRY, **{field: OTHER[field]}).hash != ENTRY.hash


def test_the_hash_tells_fields_apart_that_read_alike_in_a_row():
    assert replace(ENTRY, author="a", address='b", "c').hash != replace(ENTRY, author='a", "b', address="c").hash


def test_a_time_is_the_same_in_every_zone():
    elsewhere = TIME.astimezone(timezone(timedelta(hours=5)))
    assert replace(ENTRY, time=elsewhere).hash == ENTRY.hash


def test_whatever_was_tried_has_a_hash():
    assert replace(ENTRY, target="\0 \ud800 🙂").hash
