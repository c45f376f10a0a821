"""WSDL 1.1 and XML Schema, read purely: a definition becomes a contract, whose types are a table for the runtime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from crossway.compile.contract import Site
from crossway.compile.wsdl.document import Wsdl
from crossway.compile.wsdl.markup import WsdlError
from crossway.compile.wsdl.schema import Schemas
from crossway.model import Defined, FieldPath, Finding
from crossway.model.messages import Contract


@dataclass(frozen=True, slots=True)
class Described:
    """What a WSDL says of one port."""

    contract: Contract
    schemas: Schemas
    """Its types, with what JSON Schema can say of them beyond the table."""


@lru_cache(maxsize=64)
def described(defined: Defined, port: str = "") -> Described | WsdlError:
    """Return what *defined* says of *port*, or why that cannot be had."""
    try:
        wsdl = Wsdl(defined.content, defined.beside)
        return Described(wsdl.contract(port), wsdl.schemas)
    except WsdlError as error:
        return error
    except RecursionError:
        return WsdlError("unsupported", "too many of its types stand upon one another")


def describe(site: Site, name: str, port: str, path: FieldPath) -> Described | Finding:
    """Return what the definition *name*, which the settings mention at *path*, says of *port*."""
    defined = site.definition(name, path)
    if isinstance(defined, Finding):
        return defined
    found = described(defined, port)
    if isinstance(found, Described):
        return found
    message = f"definition {name}: {found}"
    if found.code == "unsupported":
        return Finding("wsdl.unsupported", message, path=path, hint=found.hint)
    return Finding("wsdl.broken", message, path=path, hint=found.hint)


__all__ = ["Described", "WsdlError", "describe", "described"]
