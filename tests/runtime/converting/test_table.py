import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.conversion import CsvToJson, JsonToCsv
from crossway.runtime.converting.refusal import Refusal
from crossway.runtime.converting.table import read_csv, write_csv


def read(text: str, max_items: int = 1000, max_size: int = 100_000, **settings: object) -> object:
    return read_csv(text, CsvToJson.model_validate(settings), max_items=max_items, max_size=max_size)


def write(value: object, max_items: int = 1000, **settings: object) -> str:
    spec = JsonToCsv.model_validate(settings)
    return write_csv(value, spec, max_items=max_items).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        ("a,b\r\n1,x\r\n", {}, [{"a": "1", "b": "x"}]),
        ("a,b\n1,x\n\n2,y", {}, [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]),
        ('a\r\n"x,""y""\r\nz"\r\n', {}, [{"a": 'x,"y"\r\nz'}]),
        ("1;x", {"delimiter": ";", "columns": ["a", "b"]}, [{"a": "1", "b": "x"}]),
        ("a\tb\n1\ttrue", {"delimiter": "\t", "types": "guess"}, [{"a": 1, "b": True}]),
        ("a,b", {}, []),
        ("", {}, []),
    ],
)
def test_rows_become_objects(text, settings, expected):
    assert read(text, **settings) == expected


@pytest.mark.parametrize("text", ["a,b\n1", "a\n1,2", 'a\n"x', 'a\n"x"y', "a,a\n1,2", "a\n" + "x" * 200_000])
def test_what_is_no_csv_is_refused(text):
    with pytest.raises(Refusal) as caught:
        read(text)
    assert caught.value.code == "transform.malformed"


def test_cells_are_bounded_with_the_names_that_each_row_repeats():
    for text, settings in (("a,b\n" + "1,2\n" * 501, {}), ("n" * 10_000 + "\n" + "1\n" * 11, {})):
        with pytest.raises(Refusal) as caught:
            read(text, **settings)
        assert caught.value.code == "transform.too_large"


def test_objects_become_rows():
    rows = [{"a": 1, "b": None}, {"b": "x,y", "c": [1, {"d": 2}]}]
    assert write(rows) == 'a,b,c\r\n1,,\r\n,"x,y","[1,{""d"":2}]"\r\n'
    assert write(rows, columns=["b"], header=False, delimiter=";") == '""\r\nx,y\r\n'
    assert write([]) == ""


@pytest.mark.parametrize("value", [{}, "a", None, [1], [{}, []]])
def test_what_is_no_table_is_not_written(value):
    with pytest.raises(Refusal) as caught:
        write(value)
    assert caught.value.code == "transform.malformed"


def test_a_table_of_many_different_columns_is_not_written():
    with pytest.raises(Refusal) as caught:
        write([{str(index): 1} for index in range(100)])
    assert caught.value.code == "transform.too_large"


CELLS = st.text("ab ,;\t|\"'\r\n=é", max_size=4)
ROWS = st.fixed_dictionaries({"x,": CELLS, 'y"': CELLS, "\n": CELLS})


@given(st.lists(ROWS, min_size=1, max_size=4), st.sampled_from(",;\t|"))
def test_what_becomes_csv_comes_back_as_it_was(table, delimiter):
    assert read(write(table, delimiter=delimiter), delimiter=delimiter) == table
