"""Extensions of proxies: WasmPlugin, which the policy `wasm` can run, and EnvoyFilter, which nobody here can read.

Law: what may guard requests and cannot be run lets nobody in where it holds.
https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/
https://istio.io/latest/docs/reference/config/networking/envoy-filter/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Ignored, Made, Mapped, Object, Refused, Translation
from crossway.dialects.istio.objects import NETWORKING
from crossway.dialects.istio.selection import PolicyObject, Proxies, Selecting, gateways, policies, selected
from crossway.dialects.kubernetes.objects import Camel
from crossway.dialects.source import Source
from crossway.memo import Read
from crossway.model import Finding, Severity, errors

WASM_PLUGIN: Final = "extensions.istio.io/WasmPlugin"
ENVOY_FILTER: Final = f"{NETWORKING}/EnvoyFilter"

_FETCH: Final = Ignored("a module is fetched once, and again when its checksum is another one")
_REQUESTS: Final = frozenset({"HTTP_FILTER", "NETWORK_FILTER", "LISTENER", "FILTER_CHAIN", "EXTENSION_CONFIG"})
"""What a patch is applied to that may guard requests."""


class VmVariable(Camel):
    """A variable that the module sees."""

    name: Annotated[str, Mapped("policies.wasm.environment")]
    value: Annotated[str, Mapped("policies.wasm.environment")] = ""
    value_from: Annotated[Literal["INLINE"], Mapped("policies.wasm.environment")] = "INLINE"


class VmConfig(Camel):
    """What the module sees of its machine."""

    env: tuple[VmVariable, ...] = ()


class WasmPluginSpec(Selecting):
    """A module, and where it runs."""

    url: Annotated[str, Mapped("policies.wasm.module")]
    sha256: Annotated[str, Mapped("policies.wasm.module.sha256")] = ""
    plugin_config: Annotated[Mapping[str, Any] | None, Mapped("policies.wasm.configuration")] = None
    plugin_name: Annotated[str, Mapped("policies.wasm.root_id")] = ""
    fail_strategy: Annotated[Literal["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"], Mapped("policies.wasm.on_failure")] = (
        "FAIL_CLOSE"
    )
    vm_config: VmConfig = VmConfig()
    phase: Annotated[
        Literal["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"],
        Ignored("a module runs behind authentication and authorization, which it can only be stricter than"),
    ] = "UNSPECIFIED_PHASE"
    priority: Annotated[int | None, Mapped("which of several modules runs")] = None
    type: Annotated[Literal["UNSPECIFIED_PLUGIN_TYPE", "HTTP"], Mapped("policies.wasm")] = "UNSPECIFIED_PLUGIN_TYPE"
    match: Annotated[Any, Refused("a module runs for every request of its gateway, or of a route")] = None
    verification_key: Annotated[Any, Refused("a module is known by its checksum, sha256")] = None
    image_pull_policy: Annotated[Any, _FETCH] = None
    image_pull_secret: Annotated[Any, _FETCH] = None


class WasmPlugin(PolicyObject):
    """A filter of one's own, compiled to WebAssembly."""

    spec: WasmPluginSpec


class WorkloadLabels(Camel):
    """Which proxies are meant: those that carry all of these labels."""

    labels: Annotated[Mapping[str, str], Mapped("gateways")] = Field(default_factory=dict)


class EnvoyFilterSpec(Selecting):
    """Patches of what a proxy is given."""

    workload_selector: WorkloadLabels = WorkloadLabels()
    config_patches: Annotated[tuple[Mapping[str, Any], ...], Mapped("policies.authorize: what guards is closed")] = ()
    priority: Annotated[Any, Ignored("no patch is made")] = None

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the proxies that are meant."""
        return self.workload_selector.labels

    @property
    def may_guard(self) -> bool:
        """Whether it adds something that requests have to pass."""
        return any(
            patch.get("applyTo") in _REQUESTS
            and isinstance(change := patch.get("patch"), Mapping)
            and change.get("operation") != "REMOVE"
            for patch in self.config_patches
        )


class EnvoyFilter(PolicyObject):
    """Patches of what a proxy is given."""

    spec: EnvoyFilterSpec = EnvoyFilterSpec()


def modules(read: Read, proxies: Proxies) -> tuple[Made, ...]:
    """Return the module that runs at the gateway that *proxies* are."""
    return tuple(
        Made(proxies.gateway, {"policies": {"wasm": _wasm(found)}}, found.source, overlay=True)
        for found in _runnable(read, proxies)[:1]
    )


def closing(read: Read, proxies: Proxies) -> Source | None:
    """Return what keeps everybody out of the gateway that *proxies* are: what may guard it and cannot be run."""
    running = _runnable(read, proxies)[:1]
    for found in policies(read, WasmPlugin, WASM_PLUGIN, proxies):
        if found not in running and not _may_fail(found.value.spec):
            return found.source
    filters = policies(read, EnvoyFilter, ENVOY_FILTER, proxies)
    return next((found.source for found in filters if found.value.spec.may_guard), None)


def _runnable(read: Read, proxies: Proxies) -> list[Object[WasmPlugin]]:
    """Return the modules that could run at *proxies*; the first of them does."""
    found = [item for item in policies(read, WasmPlugin, WASM_PLUGIN, proxies) if _module(item) is not None]
    return sorted(found, key=lambda item: (-(item.value.spec.priority or 0), item.key))


def _may_fail(spec: WasmPluginSpec) -> bool:
    return spec.fail_strategy == "FAIL_OPEN"


def _module(found: Object[WasmPlugin]) -> dict[str, object] | None:
    """Return where the module is; `None` where it cannot be had."""
    url, sha256 = found.value.spec.url, found.value.spec.sha256
    if errors(found.wrong):
        return None
    if url.startswith("file://"):
        return {"file": url.removeprefix("file://")}
    return {"url": url, "sha256": sha256} if url.startswith(("http://", "https://")) and sha256 else None


def _wasm(found: Object[WasmPlugin]) -> dict[str, object]:
    spec = found.value.spec
    said: dict[str, object] = {
        "module": _module(found),
        "configuration": spec.plugin_config,
        "root_id": spec.plugin_name,
        "environment": {variable.name: variable.value for variable in spec.vm_config.env},
        "on_failure": "allow" if _may_fail(spec) else None,
    }
    return {name: value for name, value in said.items() if value}


def translate_wasm_plugin(read: Read, found: Object[WasmPlugin]) -> Translation:
    """Return what there is to say of a module; the gateways at which it runs ask for it."""
    consequence = "requests pass without it" if _may_fail(found.value.spec) else "nobody gets in where it would run"
    hint = "write url with https:// and sha256; one in a registry of images can be pulled to a file"
    problem = f"the module {found.value.spec.url} cannot be had" if _module(found) is None else ""
    for proxies in read(gateways) if not problem else ():
        first = _runnable(read, proxies)[:1]
        if found not in first and found.key in read(selected, found.key.kind, proxies):
            problem, hint = f"another module runs at {proxies.gateway.local}, and one is all there can be", ""
    if not problem:
        return Translation()
    return Translation((), (Finding("istio.module", f"{problem}, so {consequence}", path=("spec", "url"), hint=hint),))


def translate_envoy_filter(_: Read, found: Object[EnvoyFilter]) -> Translation:
    """Return that no patch is made."""
    spec = found.value.spec
    consequence = ", and since they may guard requests, nobody gets in where they would hold" if spec.may_guard else ""
    message = f"patches for the proxies of Istio mean nothing to others, so none of these is made{consequence}"
    hint = "say it with a policy, or with envoy_patch where there is none, and take this one away"
    severity = Severity.ERROR if spec.may_guard else Severity.WARNING
    return Translation((), (Finding("istio.envoy_filter", message, severity, path=("spec",), hint=hint),))
