"""Texts of Kong, and what they become: native settings by kind and name, and what is said of them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_dialects, load_policies
from crossway.model import Document

HEAD = '_format_version: "3.0"\n'
SERVICE = HEAD + "services: [{name: web, url: 'http://127.0.0.1:9001'}]\n"


@dataclass(frozen=True)
class Reading:
    """What a text became."""

    settings: dict[str, dict[str, Any]]
    """Under a kind and a name, which has the namespace before it where that is not the default one."""
    said: list[tuple[str, int]]
    """Codes and lines of what there is to say."""

    def route(self, name: str = "web") -> dict[str, Any]:
        return self.settings["routes"][name]  # type: ignore[no-any-return]

    def policies(self, name: str = "web") -> dict[str, Any]:
        """Return the policies of a route, but for what the backend sees."""
        held = dict(self.route(name).get("policies", {}))
        held.pop("rewrite", None)
        return held

    def is_closed(self, name: str = "web") -> bool:
        return bool(self.route(name).get("respond", {}).get("status") == 503)


def read(*texts: str) -> Reading:
    """Return what *texts* become, and check that nothing of it is refused by the native reader."""
    pipeline = Pipeline(*_known())
    loaded = pipeline.read([Document(f"{number}.yaml", text) for number, text in enumerate(texts)])
    settings: dict[str, dict[str, Any]] = {}
    for document in loaded.documents:
        if document.about is not None and document.settings is not None:
            settings.setdefault(document.about.kind, {})[document.about.local] = document.settings
    said = loaded.locate(loaded.findings)
    return Reading(settings, [(item.code, item.origin.line if item.origin else 0) for item in said])


def of_plugin(name: str, config: str = "{}", rest: str = "") -> Reading:
    """Return what a route with one plugin becomes; it stands on line 3, *rest* after it."""
    return read(
        f"{HEAD}routes:\n- {{name: web, paths: [/web], service: web, plugins: [{{name: {name}, config: {config}}}]}}\n"
        f"services: [{{name: web, url: 'http://127.0.0.1:9001'}}]\n{rest}"
    )


def of_route(fields: str) -> Reading:
    """Return what a route with these fields becomes."""
    return read(f"{SERVICE}routes:\n- {{name: web, service: web, {fields}}}\n")


@cache
def _registries() -> tuple[Any, Any]:
    return load_policies(), load_dialects()


def _known() -> tuple[Any, Any, Any]:
    policies, dialects = _registries()
    return policies, lambda _: {}, dialects
