"""A configuration that is wrong still gives an answer."""


def test_what_is_wrong_is_said_beside_the_answer(crossway, shop):
    shop.write_text(shop.read_text().replace("retry: 2", "retri: 2"))
    outcome = crossway("routes", "--config", shop)
    assert "[policy.unknown]" in outcome.err
    assert "closed: policy.unknown" in outcome.out
