"""CSV (RFC 4180) to JSON and back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from crossway.model.conversion import CsvToJson, JsonToCsv, Types
from crossway.runtime.converting.document import Value, guess, text_of
from crossway.runtime.converting.refusal import malformed, short, too_large


def read_csv(text: str, settings: CsvToJson, *, max_items: int, max_size: int) -> Value:
    """Return an object for each row; together with the names of the columns at most *max_size* characters."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=settings.delimiter, strict=True)
    try:
        columns = list(settings.columns) or next((row for row in reader if row), [])
        _check_columns(columns)
        room = min(max_items // max(len(columns), 1), max_size // (sum(map(len, columns)) + 1))
        rows: list[Value] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(columns):
                raise malformed(f"line {reader.line_num} of the CSV has {len(row)} cells, and not {len(columns)}")
            if len(rows) >= room:
                raise too_large("the CSV has too many cells")
            cells: Iterable[Value] = map(guess, row) if settings.types is Types.GUESS else row
            rows.append(dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise malformed(f"line {reader.line_num} of the CSV: {error}") from None
    return rows


def _check_columns(columns: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise malformed(f"the CSV has two columns {short(name)}")
        seen.add(name)


def write_csv(value: Value, settings: JsonToCsv, *, max_items: int) -> bytes:
    """Return the list of objects *value* as CSV, in UTF-8."""
    if not isinstance(value, list):
        raise malformed("CSV is made of a list of objects, and this is none")
    rows: list[dict[str, Value]] = []
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise malformed(f"CSV is made of a list of objects, and item {index} is none")
        rows.append(row)
    columns = settings.columns or tuple(dict.fromkeys(name for row in rows for name in row))
    if len(columns) * (len(rows) + 1) > max_items:
        raise too_large("the CSV would have too many cells")
    written = StringIO()
    writer = csv.writer(written, delimiter=settings.delimiter, lineterminator="\r\n")
    if settings.header and columns:
        writer.writerow(columns)
    writer.writerows([text_of(row.get(name)) for name in columns] for row in rows)
    return written.getvalue().encode()
