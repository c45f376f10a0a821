from crossway.fleet.last_words import MOST, last_words


def test_the_critical_lines_come_first_and_then_the_last_ones():
    lines = ["a", "[1][critical][main] dead", "b", '{"level":"critical","message":"Caught Aborted"}', "c"]
    assert last_words(lines) == (lines[1], lines[3], "a", "b", "c")


def test_there_are_never_more_than_twenty():
    chatter = [f"line {number}" for number in range(100)]
    assert last_words(chatter) == tuple(chatter[-MOST:])
    assert last_words([*chatter, "[critical] x"]) == ("[critical] x", *chatter[-MOST + 1 :])
    backtrace = [f"[critical] #{number}" for number in range(30)]
    assert last_words(backtrace) == tuple(backtrace[:MOST])


def test_no_line_is_said_twice_or_lost():
    assert last_words([]) == ()
    assert last_words(["same", "same"]) == ("same", "same")
