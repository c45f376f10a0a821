from pathlib import Path

from crossway.fleet.authorities import machine_authorities


def test_the_file_that_the_environment_names(tmp_path: Path, monkeypatch):
    own = tmp_path / "own.pem"
    own.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    assert machine_authorities([]) == own


def test_the_first_place_that_is_there(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere"))
    (tmp_path / "two").touch()
    assert machine_authorities([tmp_path / "one", tmp_path / "two"]) == tmp_path / "two"
    assert machine_authorities([tmp_path / "one"]) is None
