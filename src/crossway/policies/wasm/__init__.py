"""WebAssembly: a filter of one's own, in a module that follows Proxy-Wasm, among the filters of a route.

A route carries its module, so that another one is an edit of routes: no listener and no connection is touched, and
requests under way end with the module they began with. Each place where the policy is attached has machines of its own
(one for each worker of a proxy): a module that breaks down on one route says nothing about another, and what modules
keep for each other stays within the place.

A proxy never fetches a module: the control plane does, and hands it on. Envoy fetches for listeners only: for a route
it neither fetches nor refuses, and lets every request past the module that is not there (1.39.3).
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated, Final

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, JsonValue, TypeAdapter, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Artifact, Finding, Part, unfetched
from crossway.model.artifact import Fetching
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.filter_chain import v3 as filter_chain_v3
from crossway.protos.envoy.extensions.filters.http.wasm import v3 as wasm_filter_v3
from crossway.protos.envoy.extensions.wasm import v3 as wasm_v3
from crossway.protos.google import protobuf

LARGEST: Final = 1 << 20
"""Bytes of a module that stands in the configuration: every proxy gets it again with every edit of its routes."""

_BEGINNING: Final = b"\0asm\1\0\0\0"
"""How a module begins (WebAssembly 1.0, section 5.5.15)."""


def _module(text: str) -> str:
    """Return *text* if it is a module in base64."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("this is no base64") from None
    if not content.startswith(_BEGINNING):
        raise ValueError("this is no module of WebAssembly 1.0; is it the text of one (.wat), or a component?")
    if len(content) > LARGEST:
        raise ValueError(f"a module in the configuration has at most {LARGEST:,} bytes; write it into a file")
    return text


def _url(value: object) -> object:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


class Module(Part):
    """Where the module is, in one of three ways. In one line, its file."""

    file: Annotated[str, Field(pattern=r"^/[^\x00-\x1f\x7f]*$", max_length=4096)] | None = None
    """The file, on the machine of each proxy. It is read whenever the routes of its proxy change: give another build
    another name, and write a file whole before it is named here."""
    url: Annotated[str, BeforeValidator(_url)] | None = None
    """Where the control plane fetches it, at most 16 MiB; the proxies get it with their routes. It is fetched once and
    kept, and asked for again, every minute at last, while it cannot be had."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The checksum of what is behind `url`, as `sha256sum` writes it. What has another one is not run."""
    inline: Annotated[str, Field(min_length=1), AfterValidator(_module)] | None = None
    """The module itself, in base64 and at most 1 MiB: `base64 -w0 module.wasm`."""

    short_forms = ("file",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"file": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Module:
        if sum(way is not None for way in (self.file, self.url, self.inline)) != 1:
            raise ValueError("write one of file, url and inline")
        if (self.url is None) != (self.sha256 is None):
            raise ValueError("url and sha256 belong together: the checksum says which module is meant")
        return self


class OnFailure(enum.StrEnum):
    """What becomes of requests once the module has broken down."""

    DENY = "deny"
    """They are answered 503 until there is a new machine, which takes about a second at most."""
    ALLOW = "allow"
    """They go on without the module, until its route or the proxy starts anew."""


class Wasm(Fetching):
    """Run a filter of your own, compiled to WebAssembly, on requests and answers.

    The module follows Proxy-Wasm, ABI 0.2.1 or before: the SDKs for Rust, Go, C++ and AssemblyScript write such ones.
    It runs after all that may refuse a request, and before plugins in Python. One that cannot be loaded, or does not
    take its configuration, is never run: the one from before stays, or else the route answers 503. In one line, the
    file: `wasm: /etc/crossway/filter.wasm`. `wasm: false` runs none, where a farther place would.

    The first module costs a proxy about 20 MB. It runs in the process of the proxy, with no bound on its time
    or memory: do not run modules of people you do not trust.
    """

    enabled: bool = True
    """Whether the module runs."""
    module: Module | None = None
    """The module."""
    configuration: str | Mapping[str, JsonValue] | None = None
    """What the module is configured with: text as it is, a mapping as JSON. Everybody who may see the configuration
    sees it: it is no place for secrets."""
    environment: Mapping[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str] = Field(default_factory=dict)
    """The environment variables that the module sees, `{LEVEL: debug}`; of the proxy's own it sees none."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=255)] | None = None
    """What it is called in logs and metrics, and by itself: the name of what it is attached to, if nothing is said."""
    root_id: Annotated[str, Field(max_length=255)] | None = None
    """Which of the filters in the module is meant, for a module with several."""
    on_failure: OnFailure = OnFailure.DENY
    """What becomes of requests once the module has broken down. By default they are refused, with 503. With `allow`,
    whoever can break it once has switched it off. The request at which it broke down is answered 503 either way."""

    short_forms = ({"type": "string"}, {"const": False})
    artifact_path = ("module", "url")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if value is False:
            return {"enabled": False}
        return {"module": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_a_module(self) -> Wasm:
        if self.enabled and self.module is None:
            raise ValueError("write the module that is to run")
        return self

    @property
    def wanted(self) -> Artifact | None:
        """What has to be fetched before the module can run."""
        if not self.enabled or self.module is None or self.module.url is None or self.module.sha256 is None:
            return None
        return Artifact(self.module.url, self.module.sha256)

    def fetched(self, content: bytes) -> Wasm:
        """Return the settings with the module itself."""
        module = Module.model_construct(inline=base64.b64encode(content).decode())
        return self.model_copy(update={"module": module})


def compile_wasm(spec: Wasm, site: Site) -> Fragment | Finding:
    """Return the module with all its settings, for the route; a finding as long as it has not been fetched."""
    if not spec.enabled or spec.module is None:
        return Fragment()
    if spec.wanted is not None:
        return unfetched(spec.wanted, spec.artifact_path)
    attached = site.attached or site.about
    machine = wasm_v3.VmConfig(
        vm_id=_machine(str(attached), spec.environment),
        runtime="envoy.wasm.runtime.v8",
        code=core_v3.AsyncDataSource(local=_source(spec.module)),
    )
    if spec.environment:
        machine.environment_variables.key_values.update(spec.environment)
    module = wasm_filter_v3.Wasm(
        config=wasm_v3.PluginConfig(
            name=spec.name or attached.name,
            root_id=spec.root_id or "",
            vm_config=machine,
            failure_policy=_FAILURE[spec.on_failure],
        )
    )
    if spec.configuration is not None:
        module.config.configuration.CopyFrom(pack(protobuf.StringValue(value=_text(spec.configuration))))
    chain = filter_chain_v3.FilterChain(
        filters=[core_v3.TypedExtensionConfig(name="module", typed_config=pack(module))]
    )
    return Fragment(per_route={"wasm": filter_chain_v3.FilterChainConfigPerRoute(filter_chain=chain)})


_FAILURE: Final = {
    OnFailure.DENY: wasm_v3.FailurePolicy.FAIL_RELOAD,
    OnFailure.ALLOW: wasm_v3.FailurePolicy.FAIL_OPEN,
}


def _machine(place: str, environment: Mapping[str, str]) -> str:
    """Return what tells a machine from others with the same code: Envoy itself leaves the environment out of that."""
    if not environment:
        return place
    content = json.dumps(environment, sort_keys=True).encode()
    return f"{place}/{blake2b(content, digest_size=8).hexdigest()}"


def _source(module: Module) -> core_v3.DataSource:
    if module.inline is not None:
        return core_v3.DataSource(inline_bytes=base64.b64decode(module.inline))
    return core_v3.DataSource(filename=module.file or "")


def _text(configuration: str | Mapping[str, JsonValue]) -> str:
    if isinstance(configuration, str):
        return configuration
    return json.dumps(configuration, ensure_ascii=False, separators=(",", ":"))


POLICY: Final = Policy(
    spec=Wasm,
    stage=Stage.TRANSFORM,  # before `Stage.PLUGIN`: what stands behind Python is not run on routes that have some
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_wasm,
    filters={"wasm": filter_chain_v3.FilterChainConfig()},
)
