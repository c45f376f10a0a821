"""Options that many verbs have."""

from pathlib import Path

from cyclopts import App

from crossway.cli.options import HERE, Where


def test_where_is_four_options_of_a_verb():
    app = App()

    @app.default
    def verb(*, where: Where = HERE) -> Where:
        return where

    assert app([], result_action="return_value") == Where(Path(".crossway"), "", None, None)
    words = ["--state", "s", "--admin", "a:1", "--token-file", "t", "--ca", "c"]
    assert app(words, result_action="return_value") == Where(Path("s"), "a:1", Path("t"), Path("c"))
