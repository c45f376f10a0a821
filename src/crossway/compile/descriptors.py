"""Descriptor sets: what gRPC services say of themselves, read for the policies that translate for them.

What a set lacks of the files that everybody has, such as `google/protobuf/timestamp.proto`, is taken from Envoy's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Final

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from crossway.compile.contract import Site
from crossway.model import FieldPath, Finding
from crossway.protos import POOL
from crossway.protos.google import api, protobuf

_HTTP_RULE: Final = POOL.FindFileByName("google/api/annotations.proto").extensions_by_name["http"].number
_FOR_OPTIONS: Final = ("google/api/", "google/protobuf/descriptor.proto")
_WHAT: Final = "a descriptor set, as `protoc --include_imports --descriptor_set_out` writes it"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a gRPC service."""

    service: str
    """The full name of the service, `package.Service`."""
    name: str
    input: str
    """The full name of the message that it takes."""
    output: str
    client_streaming: bool
    server_streaming: bool
    safe: bool
    """Whether it says that it changes nothing (`idempotency_level = NO_SIDE_EFFECTS`)."""
    rule: api.HttpRule | None
    """How it is called over HTTP, by its annotation `google.api.http`."""

    @property
    def path(self) -> str:
        """The path of a call in gRPC."""
        return f"/{self.service}/{self.name}"


@dataclass(frozen=True)
class Descriptors:
    """A descriptor set in which every import was found."""

    files: tuple[protobuf.FileDescriptorProto, ...]
    """Each after those that it imports."""
    pool: DescriptorPool

    @cached_property
    def services(self) -> Mapping[str, tuple[Method, ...]]:
        """The methods of each service, by its full name."""
        return {
            name: tuple(_method(name, method) for method in service.method)
            for file in self.files
            for service in file.service
            for name in (_full(file.package, service.name),)
        }

    @cached_property
    def compact(self) -> bytes:
        """The set without comments, and without what there is for options alone: a fraction of what `protoc` writes."""
        left = [file.name for file in self.files if not file.name.startswith(_FOR_OPTIONS)]
        needed: set[str] = set()
        while left:
            name = left.pop()
            if name not in needed:
                needed.add(name)
                left += {self.pool.FindFileContainingSymbol(symbol).name for symbol in _symbols(self._by_name[name])}
        kept = protobuf.FileDescriptorSet()
        for file in self.files:
            if file.name in needed:
                copy = kept.file.add()
                copy.CopyFrom(file)
                for field in ("source_code_info", "public_dependency", "weak_dependency", "dependency"):
                    copy.ClearField(field)
                copy.dependency.extend(self._imports(file, needed))
        return kept.SerializeToString(deterministic=True)

    def _imports(self, file: protobuf.FileDescriptorProto, needed: set[str]) -> Iterator[str]:
        """Yield what *file* imports of those *needed*, be it through files that import publicly."""
        seen: set[str] = set()
        left = [*file.dependency]
        while left:
            name = left.pop()
            if name not in seen:
                seen.add(name)
                if name in needed:
                    yield name
                imported = self._by_name[name]
                left += [imported.dependency[index] for index in imported.public_dependency]

    @cached_property
    def _by_name(self) -> Mapping[str, protobuf.FileDescriptorProto]:
        return {file.name: file for file in self.files}


def read_descriptors(site: Site, name: str, path: FieldPath) -> Descriptors | Finding:
    """Return the descriptor set that is the definition called *name* at *path* in the settings, or why there is none.

    Equal definitions give the same one.
    """
    defined = site.definition(name, path)
    if isinstance(defined, Finding):
        return defined
    found = _read(defined.content)
    if isinstance(found, Descriptors):
        return found
    return Finding("grpc.descriptor_set", f"definition {name}: {found}", path=path, expected=_WHAT)


@lru_cache(64)
def _read(content: bytes) -> Descriptors | str:
    try:
        files = protobuf.FileDescriptorSet.FromString(_binary(content)).file
    except DecodeError:
        return "it is no descriptor set"
    by_name = {file.name: file for file in files}
    left = [*by_name]
    while left:
        for wanted in by_name[left.pop()].dependency:
            if wanted not in by_name:
                try:
                    by_name[wanted] = protobuf.FileDescriptorProto.FromString(POOL.FindFileByName(wanted).serialized_pb)
                except KeyError:
                    return f"it lacks {wanted}, which one of its files imports: was it written with --include_imports?"
                left.append(wanted)
    try:
        ordered = tuple(TopologicalSorter({name: file.dependency for name, file in by_name.items()}).static_order())
    except CycleError as error:
        return f"these files import each other: {', '.join(error.args[1])}"
    pool = DescriptorPool()
    for name in ordered:
        try:
            pool.AddSerializedFile(by_name[name].SerializeToString())
            pool.FindFileByName(name)
        except (TypeError, KeyError) as error:
            return f"{name} in it cannot be used: {error}"
    return Descriptors(tuple(by_name[name] for name in ordered), pool)


def _binary(content: bytes) -> bytes:
    """Return *content*, read as base64 if it is that."""
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return content


def _full(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _method(service: str, method: protobuf.MethodDescriptorProto) -> Method:
    options = method.options
    return Method(
        service,
        method.name,
        method.input_type.removeprefix("."),
        method.output_type.removeprefix("."),
        method.client_streaming,
        method.server_streaming,
        options.idempotency_level == protobuf.MethodOptions.NO_SIDE_EFFECTS,
        next((value for field, value in options.ListFields() if field.number == _HTTP_RULE), None),
    )


def _symbols(file: protobuf.FileDescriptorProto) -> Iterator[str]:
    """Yield the full names of the messages and enums that *file* uses."""
    messages = [*file.message_type]
    fields = [*file.extension]
    while messages:
        message = messages.pop()
        messages += message.nested_type
        fields += (*message.field, *message.extension)
    names = {name for field in fields for name in (field.type_name, field.extendee)}
    for service in file.service:
        names.update(name for method in service.method for name in (method.input_type, method.output_type))
    yield from (name.removeprefix(".") for name in sorted(names) if name)
