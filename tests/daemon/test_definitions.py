from pathlib import Path

import pytest

from crossway.daemon.definitions import MOST_FILES, Definitions
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Defined, Definition, Document, Ref
from crossway.model.definition import LARGEST_DEFINITION

ORDERS = Ref("definitions", "orders")


def of_file(path: Path) -> dict[Ref, Definition]:
    return {ORDERS: Definition(file=str(path))}


def read(path: Path) -> Defined:
    return Definitions().read(of_file(path))[ORDERS]


def test_text_stands_where_it_is() -> None:
    definitions = Definitions()
    found = definitions.read({ORDERS: Definition(text="type Query { a: Int }")})
    assert found == {ORDERS: Defined(b"type Query { a: Int }")}
    assert definitions.files == frozenset()


def test_the_files_that_it_imports_come_with_it(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "orders.wsdl").write_text(
        '<d><xs:import xmlns:xs="x" schemaLocation="types/a.xsd"/><i location="http://elsewhere/b.wsdl"/></d>'
    )
    (tmp_path / "types/a.xsd").write_text("<s><include schemaLocation = '../b.xsd'/></s>")
    (tmp_path / "b.xsd").write_text("<s><include schemaLocation='types/a.xsd'/></s>")
    definitions = Definitions()
    found = definitions.read(of_file(tmp_path / "orders.wsdl"))[ORDERS]
    assert found.problem == ""
    assert found.beside.keys() == {"types/a.xsd", "b.xsd"}
    names = ("orders.wsdl", "types/a.xsd", "b.xsd")
    assert {path.resolve() for path in definitions.files} == {(tmp_path / name).resolve() for name in names}


@pytest.mark.parametrize(
    "text", ["a: {$ref: 'types.yaml#/Order'}", '{"$ref": "types.yaml"}', '"$ref": types.yaml#/x\n']
)
def test_references_are_imports(tmp_path: Path, text: str) -> None:
    (tmp_path / "api").write_text(text)
    (tmp_path / "types.yaml").write_text("Order: {}")
    assert read(tmp_path / "api").beside == {"types.yaml": b"Order: {}"}


@pytest.mark.parametrize("text", ["a: {$ref: '#/Order'}", '<service location="https://a/b.wsdl"/>', "location='/a.b'"])
def test_what_names_no_file_beside_it_is_no_import(tmp_path: Path, text: str) -> None:
    (tmp_path / "api").write_text(text)
    assert read(tmp_path / "api") == Defined(text.encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "is empty"), ("<a>", "is not well-formed: no element found"), ('{"a": ', "is not well-formed: Input data")],
)
def test_what_is_not_whole_has_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "api").write_text(text)
    assert problem in read(tmp_path / "api").problem


def test_one_that_is_not_there_has_a_problem(tmp_path: Path) -> None:
    assert read(tmp_path / "api").problem == f"{tmp_path}/api cannot be read: No such file or directory"
    (tmp_path / "api").write_text("$ref: types.yaml\n")
    assert read(tmp_path / "api").problem == f"{tmp_path}/types.yaml cannot be read: No such file or directory"


def test_there_are_bounds(tmp_path: Path) -> None:
    (tmp_path / "api").write_text("\n".join(f"$ref: {number}.yaml" for number in range(MOST_FILES + 2)))
    for number in range(MOST_FILES + 2):
        (tmp_path / f"{number}.yaml").write_text("a")
    assert "imports more than" in read(tmp_path / "api").problem
    (tmp_path / "api").write_bytes(b"a" * (LARGEST_DEFINITION + 1))
    assert "it has more than 16,777,216 bytes" in read(tmp_path / "api").problem


def test_what_was_good_stays_while_the_file_is_not(tmp_path: Path) -> None:
    file, definitions = tmp_path / "api", Definitions()
    file.write_text('{"a": 1}')
    assert definitions.read(of_file(file))[ORDERS].problem == ""
    file.write_text('{"a":')
    kept = definitions.read(of_file(file))[ORDERS]
    assert (kept.content, kept.problem) == (b'{"a": 1}', "")
    assert "is not well-formed" in kept.pending
    file.unlink()
    assert "No such file" in definitions.read(of_file(file))[ORDERS].pending
    file.write_text('{"a": 2}')
    assert definitions.read(of_file(file))[ORDERS] == Defined(b'{"a": 2}')


def test_a_pipeline_reads_it_from_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text("{")
    pipeline = Pipeline(load_policies(), define=Definitions().read)
    pipeline.adopt(pipeline.read([Document(f"{tmp_path}/a.yaml", "definitions: {orders: {file: api.json}}")]))
    (finding,) = pipeline.findings()
    assert (finding.code, finding.about) == ("definition.broken", ORDERS)
    (tmp_path / "api.json").write_text("{}")
    assert pipeline.look_at_files()
    assert pipeline.findings() == ()
    assert not pipeline.look_at_files()


@pytest.mark.parametrize("size", [60, 91, 123])
def test_a_descriptor_set_may_look_like_text(tmp_path: Path, size: int) -> None:
    """The length of its first file may be the code of `<`, `[` or `{`."""
    (tmp_path / "orders.pb").write_bytes(b"\n" + bytes((size,)) + b"\n\x05a.bin" + bytes(size - 7))
    assert read(tmp_path / "orders.pb").problem == ""
