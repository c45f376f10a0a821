"""What was issued, as a value."""

from datetime import UTC, datetime

from crossway.model.issued import Issued, SigningKey

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_what_was_issued_is_new_at_first():
    one = Issued(b"a" * 32, "family", NOW, {"client": "app"})
    assert not one.used
    assert one == Issued(b"a" * 32, "family", NOW, {"client": "app"})


def test_a_key_shows_what_is_sealed_alone():
    assert repr(SigningKey("a", NOW, "sealed:x")).count("sealed:x") == 1
