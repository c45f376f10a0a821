"""From resources to one native configuration, as people write it.

Law: what is written here is read back as the same resources.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossway.dialects.native.render import render_yaml
from crossway.model import DEFAULT_NAMESPACE, KINDS, Ref


def write_native(settings: Mapping[Ref, object]) -> str:
    """Return the YAML that says these *settings*: the default namespace at the top, the others under their names."""
    spaces: dict[str, dict[str, dict[str, object]]] = {}
    policies: dict[str, object] = {}
    for kind in KINDS:
        for ref in sorted(ref for ref in settings if ref.kind == kind):
            if kind == "namespaces":
                policies[ref.name] = settings[ref]
            else:
                spaces.setdefault(ref.namespace, {}).setdefault(kind, {})[ref.name] = settings[ref]
    own = spaces.pop(DEFAULT_NAMESPACE, {})
    named = {name: {**_mapping(policies.get(name)), **spaces.get(name, {})} for name in sorted({*policies, *spaces})}
    return render_yaml({**own, **({"namespaces": named} if named else {})})


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
