"""The protobuf packages of Envoy as Python modules, made when they are first imported.

The law: a class is what the Envoy we ship was built with. ``descriptors.binpb.gz`` holds the descriptors that
``tools/protos.py`` read out of its binary; nothing else is generated but the stubs beside this file. `POOL`
builds a file when a name in it is first asked for, so a process pays for the messages it uses. (Measured:
seven large root messages cost 15 ms and 5 MB this way, 19 ms and 9 MB with all 539 files built at once.)

The pool is private. Classes of ``google.protobuf.*_pb2`` live in another pool and do not mix with these.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

ROOT = "crossway.protos."
DESCRIPTORS = Path(__file__).with_name("descriptors.binpb.gz")


class Files:
    """The descriptor database of a pool: finds the file that a name is declared in."""

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self.packages: dict[str, list[str]] = {}
        """The top-level messages and enums of each package; none for one that only holds other packages."""
        self._by_name: dict[str, FileDescriptorProto] = {}
        self._by_symbol: dict[str, FileDescriptorProto] = {}
        for file in files:
            self._by_name[file.name] = file
            types = [
                *(message.name for message in file.message_type),
                *(enum.name for enum in file.enum_type),
            ]
            for symbol in (*types, *(service.name for service in file.service)):
                self._by_symbol[f"{file.package}.{symbol}"] = file
            self.packages.setdefault(file.package, []).extend(types)
            for end, letter in enumerate(file.package):
                if letter == ".":
                    self.packages.setdefault(file.package[:end], [])

    def FindFileByName(self, name: str) -> FileDescriptorProto:  # noqa: N802 - the pool calls it by this name
        """Return the file called *name*, as an import statement of a ``.proto`` has it; else `KeyError`."""
        return self._by_name[name]

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptorProto:  # noqa: N802 - the same
        """Return the file that declares *symbol* or what it is nested in; else `KeyError`."""
        outer = symbol
        while outer not in self._by_symbol and "." in outer:
            outer = outer.rpartition(".")[0]
        return self._by_symbol[outer]


_FILES = Files(FileDescriptorSet.FromString(gzip.decompress(DESCRIPTORS.read_bytes())).file)

POOL = DescriptorPool(_FILES)
"""Every message type of our Envoy, by its full name."""


class ProtoPackage(ModuleType):
    """One protobuf package. Its attributes are the package's messages and top-level enums."""

    def __getattr__(self, name: str) -> type[Message] | EnumTypeWrapper:
        package = self.__name__.removeprefix(ROOT)
        if name not in _FILES.packages[package]:
            raise AttributeError(f"this Envoy has no message or enum {name!r} in the protobuf package {package}")
        found = _class(f"{package}.{name}")
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_FILES.packages[self.__name__.removeprefix(ROOT)]})


class ProtoFinder(MetaPathFinder, Loader):
    """Finds and loads a `ProtoPackage` for each name under ``crossway.protos`` that is a protobuf package."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a protobuf package, or `None` to let Python's own finders look."""
        del path, target
        if not fullname.startswith(ROOT):
            return None
        package = fullname.removeprefix(ROOT)
        if package not in _FILES.packages:
            return None
        inner = any(other.startswith(f"{package}.") for other in _FILES.packages)
        return ModuleSpec(fullname, self, is_package=inner)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the empty module; its attributes come when they are asked for."""
        return ProtoPackage(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code to run."""


def _class(full_name: str) -> type[Message] | EnumTypeWrapper:
    try:
        return GetMessageClass(POOL.FindMessageTypeByName(full_name))
    except KeyError:
        return EnumTypeWrapper(POOL.FindEnumTypeByName(full_name))


# Before Python's own finder, which would take the directories that hold the stubs for namespace packages.
sys.meta_path.insert(0, ProtoFinder())
