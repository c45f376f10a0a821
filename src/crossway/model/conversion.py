"""What a person writes to convert bodies from one format to another."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from crossway.model.part import Part, did_you_mean, told

CHARSETS: Final[Mapping[str, str]] = {
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "latin1": "iso8859-1",
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in range(1, 17) if part != 12},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    "ibm866": "cp866",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-jp": "euc-jp",
    "iso-2022-jp": "iso2022-jp",
    "shift_jis": "shift-jis",
    "euc-kr": "euc-kr",
}
"""The character sets that can be read and written, with Python's names for them. What clients name is looked up here
and nowhere else: Python has codecs that run long."""


def _status(value: object) -> object:
    text = str(value).lower() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[1-5]([0-9]{2}|xx)", text):
        raise ValueError("a status is a number such as 404, or a class of them such as 2xx")
    return text


Statuses = Annotated[
    str, BeforeValidator(_status), Field(json_schema_extra={"pattern": "^[1-5]([0-9]{2}|xx)$", "examples": ["2xx"]})
]


def _charset(value: object) -> object:
    name = value.lower() if isinstance(value, str) else ""
    if name not in CHARSETS:
        raise told(f"the character set {value!r} is not known", hint=did_you_mean(name, CHARSETS))
    return name


Charset = Annotated[str, BeforeValidator(_charset), Field(json_schema_extra={"examples": ["utf-8", "iso-8859-1"]})]


class Operation(Part):
    """What all operations have in common."""

    on: tuple[Statuses, ...] = ()
    """The statuses of the answers that it is done with, such as `200` or `2xx`; all of them if empty. Not for requests,
    which have none."""


class Types(enum.StrEnum):
    """What becomes of text that looks like something else."""

    TEXT = "text"
    GUESS = "guess"


class Namespaces(enum.StrEnum):
    """What becomes of the namespaces of XML."""

    KEEP = "keep"
    STRIP = "strip"
    EXPAND = "expand"


ElementPath = Annotated[str, Field(pattern=r"^[^/\s]+(/[^/\s]+)*$", max_length=1_024)]


class XmlToJson(Operation):
    """Write XML as JSON: `<order id="7"><item>a</item></order>` becomes `{"order": {"@id": "7", "item": "a"}}`.

    An element with nothing but text becomes this text, an empty one `""`, and any other one an object. Elements that
    repeat become a list. Text beside attributes or elements stands under `text_key`; where it stood among elements is
    lost, as are comments and processing instructions. A document type (DTD), and with it every entity that somebody
    defines, is refused: `transform.entity`. Nothing is ever loaded. Other bodies than `application/xml`, `text/xml`
    and `...+xml` pass as they are.
    """

    attribute_prefix: Annotated[str, Field(max_length=16)] = "@"
    """What stands before the name of an attribute, to tell it from an element. The default is what most converters
    write."""
    text_key: Annotated[str, Field(min_length=1, max_length=64)] = "#text"
    """The key of text beside attributes or elements."""
    namespaces: Namespaces = Namespaces.KEEP
    """Names keep their prefix, `soap:Body`, and declarations are attributes (`keep`); prefixes and declarations are
    left out (`strip`); or names carry the whole namespace, `{urn:example}Body`, whatever prefix a client chose
    (`expand`)."""
    arrays: Annotated[tuple[ElementPath, ...], Field(max_length=100)] = ()
    """The elements that are a list even if there is only one, by their path from the root, `orders/order/item`; `*` in
    place of a name is any name. Namespaces are written as in the JSON, apart from `expand`, which has no paths."""
    types: Types = Types.TEXT
    """Text stays text (`text`), or what looks like a number, `true` or `false` becomes one (`guess`). What would lose
    digits stays text in both, such as `007`."""
    unwrap: bool = False
    """Leave the root element out: its content is the whole document."""

    @model_validator(mode="after")
    def _arrays_have_names(self) -> XmlToJson:
        if self.arrays and self.namespaces is Namespaces.EXPAND:
            raise ValueError("arrays name elements as namespaces: keep or strip writes them, and not as expand does")
        return self


ElementName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*(:[A-Za-z_][A-Za-z0-9._-]*)?$", max_length=256)]


class JsonToXml(Operation):
    """Write JSON as XML, the other way round: what `xml_to_json` wrote becomes the same elements again.

    A list becomes one element for each item, `null` an empty element, `true` the text `true`. A key that cannot be
    the name of an element is refused: `transform.malformed`. Other bodies than `application/json` and `...+json` pass
    as they are.
    """

    attribute_prefix: Annotated[str, Field(max_length=16)] = "@"
    """Keys that begin with this are attributes."""
    text_key: Annotated[str, Field(min_length=1, max_length=64)] = "#text"
    """The key of the text beside attributes or elements."""
    root: ElementName = "root"
    """The name of the root element where the JSON does not name one: where it is no object with exactly one key."""
    item: ElementName = "item"
    """The name of the elements of a list that stands under no key."""
    declaration: bool = True
    """Begin with `<?xml version="1.0" encoding="UTF-8"?>`."""
    content_type: Annotated[str, Field(pattern=r"^(application|text)/([a-z0-9.-]+\+)?xml$")] = "application/xml"
    """The type of the body that is written."""


class Files(enum.StrEnum):
    """What becomes of files in a form."""

    REFUSE = "refuse"
    BASE64 = "base64"


FieldName = Annotated[str, Field(min_length=1, max_length=256)]


class FormToJson(Operation):
    """Write a form as JSON: `application/x-www-form-urlencoded` and `multipart/form-data`.

    A name that stands there more than once becomes a list. Other bodies pass as they are.
    """

    arrays: Annotated[tuple[FieldName, ...], Field(max_length=100)] = ()
    """The names that are a list even if there is only one value."""
    types: Types = Types.TEXT
    """Values stay text (`text`), or what looks like a number, `true` or `false` becomes one (`guess`)."""
    files: Files = Files.REFUSE
    """A file in a form is refused, `transform.malformed` (`refuse`), or becomes an object with `filename`,
    `content_type` and `base64` (`base64`)."""


class JsonToForm(Operation):
    """Write a JSON object as `application/x-www-form-urlencoded`.

    A list becomes a name that repeats, and `null` is left out. Forms have nothing deeper: an object inside is refused,
    `transform.malformed`. Other bodies than JSON pass as they are.
    """


Delimiter = Annotated[str, Field(pattern=r'^[^"\r\n]$')]


class CsvToJson(Operation):
    """Write CSV (RFC 4180) as a JSON list with an object for each row.

    Each row has as many cells as there are columns, or the body is refused: `transform.malformed`. Empty lines are
    left out. Other bodies than `text/csv` pass as they are.
    """

    delimiter: Delimiter = ","
    """What stands between cells: one character, such as `;`, or a tab as `"\\t"`."""
    columns: Annotated[tuple[FieldName, ...], Field(max_length=1_000)] = ()
    """The names of the columns, where the first row is data already. The first row has the names if empty."""
    types: Types = Types.TEXT
    """Cells stay text (`text`), or what looks like a number, `true` or `false` becomes one (`guess`)."""


class JsonToCsv(Operation):
    """Write a JSON list of objects as CSV (RFC 4180).

    A value inside that is a list or an object becomes JSON text, `null` an empty cell. Other bodies than JSON pass as
    they are.
    """

    delimiter: Delimiter = ","
    """What stands between cells."""
    columns: Annotated[tuple[FieldName, ...], Field(max_length=1_000)] = ()
    """The columns, in their order; other keys are left out. All keys in the order in which they come if empty."""
    header: bool = True
    """Begin with a row of the names of the columns."""


class Invalid(enum.StrEnum):
    """What becomes of bytes that mean nothing."""

    REFUSE = "refuse"
    REPLACE = "replace"


class ChangeCharset(Operation):
    """Write text in another character set. In one line, the set: `charset: utf-8`.

    It is for `text/...`, XML, JSON, CSV and forms; other bodies pass as they are. `Content-Type` and the declaration of
    XML say the new set. The other operations read the character set of `Content-Type` without it, and write UTF-8.
    """

    to: Charset = "utf-8"
    """The set to write."""
    assume: Charset = "utf-8"
    """What a body is in that does not say it."""
    invalid: Invalid = Invalid.REFUSE
    """Bytes that are no text in their set, and characters that the other one does not have, are refused
    (`transform.charset`), or replaced by the replacement character or `?`."""

    short_forms = ("to",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"to": value} if isinstance(value, str) else value


MessageName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]


class Protobuf(Operation):
    """What both directions of protobuf have in common."""

    descriptor_set: Annotated[str, Field(min_length=1)]
    """The compiled `.proto` files, in base64: `protoc --include_imports --descriptor_set_out=/dev/stdout ... | base64
    -w0`."""
    message: MessageName
    """The full name of the message that the body is, `package.Message`."""


class ProtobufToJson(Protobuf):
    """Write a message in protobuf as JSON (https://protobuf.dev/programming-guides/json/).

    It is for `application/x-protobuf`, `application/protobuf` and `application/vnd.google.protobuf`; other bodies pass
    as they are.
    """

    proto_names: bool = False
    """Write fields as the `.proto` file does, `unit_price`, and not as JSON does, `unitPrice`."""
    emit_defaults: bool = False
    """Write fields that have their default value, such as 0 or an empty text, too. They are left out by default."""


class UnknownFields(enum.StrEnum):
    """What becomes of fields that a message has not."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class JsonToProtobuf(Protobuf):
    """Write JSON as a message in protobuf, `application/x-protobuf`. Other bodies than JSON pass as they are."""

    unknown_fields: UnknownFields = UnknownFields.REFUSE
    """A key that is no field of the message is refused, `transform.malformed` (`refuse`), or left out (`ignore`)."""
