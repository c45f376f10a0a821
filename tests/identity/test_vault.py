"""The vault: what is sealed opens under its own name, with its own key, and nowhere else."""

import stat
from pathlib import Path

import pytest

from crossway.errors import RemoteError, UserError
from crossway.identity.vault import SEALED, Vault
from crossway.model import Ref

ONE, OTHER = Ref("secrets", "one"), Ref("secrets", "one", "elsewhere")


def test_what_was_sealed_can_be_found_again_by_whoever_has_the_key(tmp_path: Path) -> None:
    sealed = {ONE: Vault.open(tmp_path / "key").seal(ONE, "a key")}
    again = Vault.open(tmp_path / "key")
    assert again.learn(sealed)
    assert not again.learn(dict(sealed))
    assert (again.find(ONE), again.find(OTHER)) == ("a key", None)
    assert b"a key" not in sealed[ONE]


def test_a_secret_cannot_take_the_place_of_another_one(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "key")
    with pytest.raises(RemoteError, match="another key"):
        vault.learn({OTHER: vault.seal(ONE, "a key")})


def test_another_key_opens_nothing_and_what_was_known_stays(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "key")
    vault.learn({ONE: vault.seal(ONE, "a key")})
    with pytest.raises(RemoteError):
        vault.learn({ONE: Vault.open(tmp_path / "other").seal(ONE, "a key")})
    assert vault.find(ONE) == "a key"


def test_the_same_value_sealed_again_is_no_change(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "key")
    assert vault.learn({ONE: vault.seal(ONE, "a key")})
    assert not vault.learn({ONE: vault.seal(ONE, "a key")})


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    Vault.open(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    (tmp_path / "short").write_bytes(b"short")
    with pytest.raises(UserError, match="no key"):
        Vault.open(tmp_path / "short")


ALICE, BOB = Ref("consumers", "alice"), Ref("consumers", "bob")


def test_a_text_is_sealed_and_opened_by_whoever_has_the_key(tmp_path: Path) -> None:
    kept = Vault.open(tmp_path / "key").seal_text(ALICE, "  alice: {hunter2}\n")
    assert kept.startswith(SEALED)
    assert "hunter2" not in kept
    assert Vault.open(tmp_path / "key").open_text(ALICE, kept) == "  alice: {hunter2}\n"


def test_equal_texts_of_one_resource_are_kept_equally_and_of_two_are_not(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "key")
    assert vault.seal_text(ALICE, "x") == vault.seal_text(ALICE, "x")
    assert vault.seal_text(ALICE, "x") != vault.seal_text(BOB, "x")


def test_what_was_never_sealed_is_the_text_itself(tmp_path: Path) -> None:
    assert Vault.open(tmp_path / "key").open_text(ALICE, "  alice: {}\n") == "  alice: {}\n"


@pytest.mark.parametrize("damage", ["", "!", "AAAA"])
def test_a_text_that_was_touched_is_not_opened(tmp_path: Path, damage: str) -> None:
    vault = Vault.open(tmp_path / "key")
    kept = vault.seal_text(ALICE, "  alice: {}\n")
    for ref, text in ((ALICE, SEALED + damage), (ALICE, kept[:-8] + "AAAAAAA="), (BOB, kept)):
        with pytest.raises(RemoteError, match=f"{ref} was sealed in the store with another key"):
            vault.open_text(ref, text)


def test_another_key_opens_no_text(tmp_path: Path) -> None:
    kept = Vault.open(tmp_path / "key").seal_text(ALICE, "x")
    with pytest.raises(RemoteError):
        Vault.open(tmp_path / "other").open_text(ALICE, kept)
