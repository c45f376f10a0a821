"""Resources as people name them at the terminal: ``route orders``, ``routes team-a/orders``."""

from __future__ import annotations

from typing import Final

from crossway.errors import UserError

KINDS: Final = (
    "gateways",
    "services",
    "routes",
    "consumers",
    "certificates",
    "plugins",
    "definitions",
    "workloads",
    "namespaces",
)
"""Those of `crossway.model`, in their order there: to import that takes longer than most answers."""
DEFAULT: Final = "default"
"""The namespace of a name that says none."""


def kind_of(word: str) -> str:
    """Return the kind that *word* means, in the singular or the plural; `UserError` if none."""
    for kind in KINDS:
        if word.lower() in (kind, kind.removesuffix("s")):
            return kind
    from crossway.model import did_you_mean  # not needed, and slow, where the word is right

    hint = did_you_mean(word.lower(), KINDS) or f"there are: {', '.join(KINDS)}"
    raise UserError(f"there is no kind {word!r}; {hint}")


def name_of(text: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and the name that *text* means, ``name`` or ``namespace/name``, beside ``--namespace``."""
    head, slash, tail = text.partition("/")
    if not slash:
        return namespace or DEFAULT, text
    if namespace not in ("", head):
        raise UserError(f"{text} is in the namespace {head}, and --namespace says {namespace}")
    return head, tail


def local(namespace: str, name: str) -> str:
    """Return a name as people write it: without the namespace where that is the default one."""
    return name if namespace == DEFAULT else f"{namespace}/{name}"
