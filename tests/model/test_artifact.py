from crossway.model import Artifact, Severity, unfetched

ARTIFACT = Artifact("https://example.com/filter.wasm", "a" * 64)


def test_a_file_that_is_not_here_is_told_with_its_url_and_the_reason():
    finding = unfetched(ARTIFACT, ("module", "url"), "the answer is 404")
    assert (finding.code, finding.severity, finding.path) == (
        "artifact.unfetched",
        Severity.WARNING,
        ("module", "url"),
    )
    assert finding.message == "https://example.com/filter.wasm is not here: the answer is 404"


def test_another_checksum_makes_another_file():
    assert ARTIFACT._replace(sha256="b" * 64) != ARTIFACT
