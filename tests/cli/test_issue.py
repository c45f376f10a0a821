from crossway.identity.credentials import Credentials


def test_the_credentials_can_be_loaded(crossway, tmp_path):
    outcome = crossway("issue", "edge-1", "--out", tmp_path / "edge-1", "--state", tmp_path / "state")
    assert outcome.status == 0
    assert f"--credentials {tmp_path}/edge-1" in outcome.err
    own = Credentials.load(tmp_path / "edge-1")
    crossway("issue", "edge-2", "--out", tmp_path / "edge-2", "--state", tmp_path / "state")
    assert Credentials.load(tmp_path / "edge-2").ca == own.ca


def test_a_place_that_cannot_be_written(crossway, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = crossway("issue", "edge-1", "--out", tmp_path / "file", "--state", tmp_path / "state")
    assert outcome.status == 2
    assert "cannot be written" in outcome.err
