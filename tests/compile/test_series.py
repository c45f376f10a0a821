"""Series: our metrics have our names on the page."""

from crossway.compile.series import as_published


def test_our_metrics_lose_the_word_of_the_proxy_and_others_keep_it() -> None:
    page = (
        b"# TYPE envoy_crossway_requests_total counter\n"
        b'envoy_crossway_requests_total{route="a",service="envoy_crossway_b",status="200"} 1\n'
        b"# TYPE envoy_cluster_upstream_rq counter\n"
        b'envoy_cluster_upstream_rq{envoy_cluster_name="envoy_crossway_b"} 1\n'
    )
    assert as_published(page) == (
        b"# TYPE crossway_requests_total counter\n"
        b'crossway_requests_total{route="a",service="envoy_crossway_b",status="200"} 1\n'
        b"# TYPE envoy_cluster_upstream_rq counter\n"
        b'envoy_cluster_upstream_rq{envoy_cluster_name="envoy_crossway_b"} 1\n'
    )
