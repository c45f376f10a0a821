import pytest

from crossway.dialects.istio.peer_authentication import MutualTls, mode


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, None),
        ("UNSET", None),
        ("DISABLE", "disabled"),
        ("PERMISSIVE", "permissive"),
        ("STRICT", "strict"),
    ],
)
def test_modes(written, said):
    assert mode(MutualTls.model_validate({"mode": written}) if written else None) == said
