"""Write what the SDK knows of policies: `sdk/policies.pyi`, `sdk/_known.py` and `crossway/__init__.pyi`.

::

    python -m tools.sdk            write what has changed
    python -m tools.sdk --check    exit 1 if anything would change
"""

from __future__ import annotations

import argparse
import inspect
import keyword
import sys
import textwrap
from pathlib import Path

import crossway
from crossway.compile.contract import Policies, Policy
from crossway.daemon.registry import load_policies
from crossway.model import Spec
from tools.sdk.types import Schema, Types, camel

TARGET = Path(__file__).parents[2] / "src/crossway"
NOTE = "# Written by `make docs`. Edit the code of the policies instead.\n"

KNOWN = '''"""The names of the policies, each with the field that its short form stands for, or nothing."""

from collections.abc import Mapping
from typing import Final

POLICIES: Final[Mapping[str, str]] = {{
{policies}}}
'''

STUB = '''"""The policies as functions, for editors and type checkers."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from crossway.sdk.declared import Attached as Attached

def policy(name: str, /, *value: object, **settings: object) -> Attached:
    """Return the policy *name*, which may be one of another package, with these settings."""

'''


def files(policies: Policies) -> dict[Path, str]:
    """Return every file by its path."""
    known = "".join(f'    "{name}": "{short_form(policy)}",\n' for name, policy in policies.items())
    functions = "\n".join(function(name, policy) for name, policy in policies.items())
    return {
        TARGET / "sdk/_known.py": NOTE + KNOWN.format(policies=known),
        TARGET / "sdk/policies.pyi": NOTE + STUB + functions,
        TARGET / "__init__.pyi": NOTE + face(policies),
    }


def face(policies: Policies) -> str:
    """Return what is known of the package itself: its names, each from the module in which it is."""
    modules: dict[str, list[str]] = {}
    for name, module in crossway.EXPORTS.items():
        modules.setdefault(module, []).append(name)
    modules["crossway.sdk.policies"] = ["policy", *policies]
    lines = [
        f"from {module} import {name} as {name}\n"
        for module, names in sorted(modules.items())
        for name in sorted(names)
    ]
    return (
        f'"""{crossway.__doc__}"""\n\nfrom collections.abc import Mapping\n\n{"".join(lines)}\n'
        "__version__: str\nEXPORTS: Mapping[str, str]\n"
    )


def short_form(policy: Policy[Spec]) -> str:
    """Return the field that a value without a name stands for."""
    return next((form for form in policy.spec.short_forms if isinstance(form, str) and "/" not in form), "")


def function(name: str, policy: Policy[Spec]) -> str:
    """Return the function of one policy, behind the types of its settings."""
    schema = policy.spec.model_json_schema()
    types = Types(camel(name), schema.get("$defs", {}))
    whole = _whole(schema)
    first = short_form(policy)
    required = set(whole.get("required", ()))
    fields = {field: types.of(settings, camel(field)) for field, settings in whole.get("properties", {}).items()}
    others = [form for form in policy.spec.short_forms if not (isinstance(form, str) and form == first)]
    alone = " | ".join(
        dict.fromkeys([*([fields[first]] if first in fields else []), *(_alone(types, form) for form in others)])
    )
    open_ended = any(isinstance(form, dict) and form.get("type") == "object" for form in others)
    parameters = []
    if alone:
        parameters += [f"value: {alone} = ...", "/"]
    named = [
        f"{field}: {kind}" + (" = ..." if field not in required or alone else "")
        for field, kind in fields.items()
        if field.isidentifier() and not keyword.iskeyword(field)
    ]
    parameters += ["*", *named] if named else []
    parameters += ["**settings: Any"] if open_ended else []
    text = inspect.cleandoc(policy.spec.__doc__ or "").replace("``", "`")
    about = "\n\n".join([text, *_told(whole)])
    documented = textwrap.indent(f'"""{about}\n"""', "    ", lambda line: bool(line.strip()))
    head = "".join(f"{definition}\n" for definition in types.written.values())
    return f"{head}def {name}({', '.join(parameters)}) -> Attached:\n{documented}\n"


def _alone(types: Types, form: str | Schema) -> str:
    return types.of(form, "Short") if not isinstance(form, str) else "object"


def _whole(schema: Schema) -> Schema:
    """Return the form of a spec with all its fields."""
    found: Schema = schema["anyOf"][0] if "anyOf" in schema else schema
    if "$ref" in found:
        found = _whole(schema["$defs"][found["$ref"].rpartition("/")[2]])
    return found


def _told(schema: Schema) -> list[str]:
    """Return a paragraph for each field that says what it is."""
    return [
        f"{name}: {' '.join(str(field['description']).split())}"
        for name, field in schema.get("properties", {}).items()
        if field.get("description")
    ]


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Write what the SDK knows of policies.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a file is out of date")
    check = parser.parse_args().check
    changed = {path: text for path, text in files(load_policies()).items() if not _says(path, text)}
    for path, text in changed.items():
        print(f"{path.relative_to(TARGET)} {'is out of date: run make docs' if check else 'is written'}")
        if not check:
            path.write_text(text)
    return 1 if check and changed else 0


def _says(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
