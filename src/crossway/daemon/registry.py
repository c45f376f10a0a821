"""The registries of policies and dialects: our own folders, and those of other packages, by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import Final

import crossway.dialects
import crossway.policies
from crossway.compile.contract import Policies, Policy
from crossway.dialects.contract import Dialect, Dialects
from crossway.errors import Bug, UserError
from crossway.model import Spec

ENTRY_POINTS: Final = "crossway.policies"
"""The group under which a package offers a policy; the name of the entry point is the name of the policy."""
DIALECTS: Final = "crossway.dialects"
"""The group under which a package offers a dialect."""


def load_policies() -> Policies:
    """Return every policy that is installed, by name.

    Raises `UserError` for an installed package whose policy cannot be loaded or takes the name of another one.
    """
    found: dict[str, Policy[Spec]] = {}
    for module in pkgutil.iter_modules(crossway.policies.__path__):
        found[module.name] = _policy(importlib.import_module(f"crossway.policies.{module.name}"), module.name)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in found:
            raise UserError(f"the package {entry.value} offers a policy named {entry.name}, which there is already")
        try:
            found[entry.name] = _policy(entry.load(), entry.name)
        except ImportError as error:
            raise UserError(f"the policy {entry.name} cannot be loaded: {error}") from error
    return found


def _policy(holder: object, name: str) -> Policy[Spec]:
    policy = getattr(holder, "POLICY", holder)
    if not isinstance(policy, Policy):
        raise Bug(f"{name} is no policy: it offers {type(policy).__name__}")
    return policy


MARKS: Final = ("apiVersion", "_format_version")
"""Words of which each document of our own foreign dialects has at least one."""


def installed_dialects() -> Dialects:
    """Return every foreign dialect that is installed, to be loaded where a document may be in one."""
    return Dialects(("",) if entry_points(group=DIALECTS) else MARKS, load_dialects)


def load_dialects() -> tuple[Dialect, ...]:
    """Return every foreign dialect that is installed, in the order of their names.

    Raises `UserError` for an installed package whose dialect cannot be loaded or takes the name of another one.
    """
    folders = (module.name for module in pkgutil.iter_modules(crossway.dialects.__path__) if module.ispkg)
    modules = (importlib.import_module(f"crossway.dialects.{name}") for name in folders)
    found = {dialect.name: dialect for module in modules if (dialect := getattr(module, "DIALECT", None)) is not None}
    for entry in entry_points(group=DIALECTS):
        if entry.name in found:
            raise UserError(f"the package {entry.value} offers a dialect named {entry.name}, which there is already")
        try:
            found[entry.name] = entry.load()
        except ImportError as error:
            raise UserError(f"the dialect {entry.name} cannot be loaded: {error}") from error
    return tuple(found[name] for name in sorted(found))
