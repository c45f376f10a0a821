from crossway.runtime.converting.refusal import malformed, short, too_deep, too_large


def test_each_refusal_has_its_code_and_status():
    found = [(refusal.code, refusal.status) for refusal in (malformed("x"), too_large("x"), too_deep(3))]
    assert found == [("transform.malformed", 400), ("transform.too_large", 413), ("transform.too_deep", 400)]
    assert "3" in too_deep(3).detail


def test_what_strangers_write_is_kept_short():
    assert short("a\n") == r"'a\n'"
    assert len(short("x" * 10_000)) < 80
