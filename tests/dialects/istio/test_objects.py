import pytest

from crossway.dialects.istio.objects import StringMatch, cluster_service, full_host, methods


@pytest.mark.parametrize(
    ("host", "full"),
    [
        ("web", "web.shop.svc.cluster.local"),
        ("web.other.svc", "web.other.svc.cluster.local"),
        ("web.other.svc.cluster.local", "web.other.svc.cluster.local"),
        ("web.example", "web.example"),
        ("*", "*"),
    ],
)
def test_a_host_has_one_name_that_is_known_everywhere(host, full):
    assert full_host(host, "shop") == full


def test_a_service_of_the_cluster_is_known_by_its_host():
    assert cluster_service("web.shop.svc.cluster.local") == ("shop", "web")
    assert cluster_service("a.web.shop.svc.cluster.local") is None
    assert cluster_service("web.example") is None


@pytest.mark.parametrize(
    ("match", "listed"),
    [
        ({"exact": "GET"}, ["GET"]),
        ({"regex": "GET|POST"}, ["GET", "POST"]),
        ({"regex": "(GET|POST)"}, ["GET", "POST"]),
        ({"regex": "G.*"}, None),
        ({"prefix": "P"}, None),
    ],
)
def test_methods_are_listed_where_they_can_be(match, listed):
    assert methods(StringMatch.model_validate(match)) == listed


def test_an_empty_condition_asks_whether_the_text_is_there():
    assert StringMatch().condition == {"present": True}
    assert StringMatch(prefix="").condition == {"present": True}
    with pytest.raises(ValueError, match="one of exact"):
        StringMatch(exact="a", regex="b")
