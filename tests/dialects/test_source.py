from crossway.dialects.source import Piece, Places, Source
from crossway.model import Origin

TEXT = "---\nkind: Shop\nspec:\n  doors:\n  - name: front\n"


def test_a_field_is_found_where_the_piece_stands_now():
    piece = Piece("a.yaml", TEXT, line=10)
    source = Source(piece, (0, "spec"))
    assert source.origin(("doors", 0, "name")) == Origin("a.yaml", 14, 11)
    piece.line = 20
    assert source.origin(("doors", 0, "name")) == Origin("a.yaml", 24, 11)


def test_places_of_a_resource_are_those_of_what_it_was_made_of():
    source = Source(Piece("a.yaml", TEXT), (0,))
    places = Places({(): (source, ()), ("to",): (source, ("spec", "doors", 0))})
    assert places[("to",)] == Origin("a.yaml", 5, 5)
    assert places[()] == Origin("a.yaml", 2, 1)
    assert set(places) == {(), ("to",)}
    assert len(places) == 2
