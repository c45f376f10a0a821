"""Compression: answers are made smaller for clients that can read them so.

The proxy's encoders say for a whole listener what types they compress, and choose between themselves in the order of
the client. So the route decides, in two short scripts around them: the first one leaves the encoders one coding to
choose, the second one marks the answers that are worth it, and the encoders know no other type than the mark.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import BeforeValidator, Field, StrictBool, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Size, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.compression.brotli.compressor import v3 as brotli_v3
from crossway.protos.envoy.extensions.compression.gzip.compressor import v3 as gzip_v3
from crossway.protos.envoy.extensions.compression.zstd.compressor import v3 as zstd_v3
from crossway.protos.envoy.extensions.filters.http.compressor import v3 as compressor_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3
from crossway.protos.google import protobuf

_MARK: Final = "application/x-crossway-compressible"

_NEGOTIATE: Final = """
-- Leave one coding: the one the client weighs most, and of equal ones the first of the route (RFC 9110, 12.5.3).
function envoy_on_request(handle)
  local accepted = handle:headers():get("accept-encoding")
  if not accepted then return end
  local weights = {}
  for coding, parameters in accepted:lower():gmatch("([^%s,;]+)%s*([^,]*)") do
    weights[coding] = tonumber(parameters:match("q%s*=%s*([%d.]+)")) or 1
  end
  local best, weight = nil, 0
  for _, coding in ipairs(handle:filterContext():get("algorithms")) do
    local here = weights[coding] or weights["*"] or 0
    if here > weight then best, weight = coding, here end
  end
  if best and weight >= (weights["identity"] or 0) then
    handle:headers():replace("accept-encoding", best)
  end
end

-- Take the mark off.
function envoy_on_response(handle)
  local original = (handle:headers():get("content-type") or ""):match("^%(mark)s;(.*)")
  if original then handle:headers():replace("content-type", original) end
end
""".replace("%(mark)s", _MARK.replace("-", "%-"))

_SELECT: Final = """
-- Mark what is worth compressing. What is streamed has no length yet, and counts as long.
function envoy_on_response(handle)
  local headers = handle:headers()
  local original = headers:get("content-type") or ""
  local kind = original:lower():match("^%s*([^%s;]*)")
  local settings = handle:filterContext()
  if (tonumber(headers:get("content-length") or "") or math.huge) < settings:get("min_size") then return end
  if kind:find("^application/grpc") then return end
  for _, pattern in ipairs(settings:get("content_types")) do
    if kind:find(pattern) and (kind ~= "text/event-stream" or not pattern:find("*", 1, true)) then
      headers:replace("content-type", "%(mark)s;" .. original)
      return
    end
  end
end
""".replace("%(mark)s", _MARK)


class Algorithm(enum.StrEnum):
    """A content coding."""

    BROTLI = "brotli"
    GZIP = "gzip"
    ZSTD = "zstd"


class Level(enum.StrEnum):
    """How much work goes into it."""

    FASTEST = "fastest"
    DEFAULT = "default"
    BEST = "best"


_CODINGS: Final = {Algorithm.BROTLI: "br", Algorithm.GZIP: "gzip", Algorithm.ZSTD: "zstd"}
"""The names that clients know (RFC 7932, RFC 1952, RFC 8878)."""
_LEVELS: Final = {
    Level.FASTEST: {Algorithm.BROTLI: 1, Algorithm.GZIP: 1, Algorithm.ZSTD: 1},
    Level.DEFAULT: {Algorithm.BROTLI: 4, Algorithm.GZIP: 6, Algorithm.ZSTD: 3},
    Level.BEST: {Algorithm.BROTLI: 9, Algorithm.GZIP: 9, Algorithm.ZSTD: 9},
}

ContentType = Annotated[
    str,
    Field(pattern=r"^[a-z0-9*!#$&^_.+-]+/[a-z0-9*!#$&^_.+-]+$", max_length=255),
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value, json_schema_input_type=str),
]

TEXTS: Final = (
    *("text/*", "application/json", "application/*+json", "application/x-ndjson"),
    *("application/xml", "application/*+xml", "application/javascript", "application/yaml", "application/wasm"),
    *("image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon"),
    *("font/ttf", "font/otf", "application/vnd.ms-fontobject"),
)


class Compression(Spec):
    """Compress answers. In one line, `compression: true`, or the algorithms: `compression: [zstd, gzip]`.

    Left as they are: answers to clients that did not ask, those that are compressed already, parts of a whole (206),
    and those with `cache-control: no-transform`. A strong `ETag` becomes a weak one, since the bytes are others, and
    `Vary: Accept-Encoding` tells caches. A backend is asked for the same algorithm, and may do the work itself.
    Do not compress answers that hold a secret next to what a client sent: their size tells it (the BREACH attack).
    """

    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = (
        Algorithm.BROTLI,
        Algorithm.ZSTD,
        Algorithm.GZIP,
    )
    """What to compress with, the preferred one first. A client that weighs them otherwise gets what it prefers."""
    min_size: Size = 1024
    """Leave answers alone that are smaller than this: they fit into one packet either way. Those whose size is not
    known when they begin, which are streamed, count as large."""
    content_types: Annotated[tuple[ContentType, ...], Field(min_length=1)] = TEXTS
    """What is compressed: types such as `application/json`, with `*` for any text. By default what shrinks: texts,
    JSON, XML, scripts, fonts, and no images, videos or archives, which are compressed already. `text/event-stream`
    has to be named, since a stream of events is seldom worth it, and gRPC has a compression of its own. An answer
    without a type is compressed whatever its size."""
    level: Level = Level.DEFAULT
    """How much work to put into it: `fastest`, `default` or `best`, which takes several times as long as `default`
    for some per cent of the size."""
    enabled: StrictBool = True
    """`false` compresses nothing, whatever was attached farther away."""

    short_forms = ("enabled", "algorithms")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, bool):
            return {"enabled": value}
        return {"algorithms": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _distinct(self) -> Compression:
        if len(set(self.algorithms)) != len(self.algorithms):
            raise ValueError("an algorithm stands in the list twice")
        return self


def compile_compression(spec: Compression, _site: Site) -> Fragment:
    """Return what the scripts have to know, and the libraries of the encoders that the route uses."""
    if not spec.enabled:
        return Fragment()
    per_route: dict[str, Message] = {
        "compression": _context({"algorithms": [_CODINGS[algorithm] for algorithm in spec.algorithms]}),
        "compression.select": _context(
            {"min_size": spec.min_size, "content_types": [_pattern(kind) for kind in spec.content_types]}
        ),
    }
    for algorithm in spec.algorithms:
        library = _library(algorithm, spec.level)
        overrides = compressor_v3.CompressorOverrides(compressor_library=library)
        per_route[f"compression.{algorithm}"] = compressor_v3.CompressorPerRoute(overrides=overrides)
    return Fragment(per_route=per_route)


def _context(settings: Mapping[str, object]) -> lua_v3.LuaPerRoute:
    return lua_v3.LuaPerRoute(filter_context=settings)


def _pattern(content_type: str) -> str:
    """Return the Lua pattern (Lua 5.1 manual, 5.4.1) for a type in which ``*`` stands for any text."""
    return "^" + re.sub(r"[^a-z0-9/]", lambda found: ".*" if found[0] == "*" else f"%{found[0]}", content_type) + "$"


def _library(algorithm: Algorithm, level: Level) -> core_v3.TypedExtensionConfig:
    number = _LEVELS[level][algorithm]
    library: Message
    match algorithm:
        case Algorithm.BROTLI:
            library = brotli_v3.Brotli(quality=protobuf.UInt32Value(value=number))
        case Algorithm.GZIP:
            library = gzip_v3.Gzip(compression_level=number)
        case Algorithm.ZSTD:
            library = zstd_v3.Zstd(compression_level=protobuf.UInt32Value(value=number))
    return core_v3.TypedExtensionConfig(name=algorithm, typed_config=pack(library))


def _encoder(algorithm: Algorithm) -> compressor_v3.Compressor:
    """Return an encoder that compresses what is marked. Its size limit is off: whoever marks knows better."""
    common = compressor_v3.Compressor.CommonDirectionConfig(
        min_content_length=protobuf.UInt32Value(value=1), content_type=[_MARK]
    )
    response = compressor_v3.Compressor.ResponseDirectionConfig(
        common_config=common, weaken_etag_on_compress=True, uncompressible_response_codes=[206]
    )
    return compressor_v3.Compressor(
        response_direction_config=response, compressor_library=_library(algorithm, Level.DEFAULT)
    )


def _script(text: str) -> lua_v3.Lua:
    return lua_v3.Lua(default_source_code=core_v3.DataSource(inline_string=text))


POLICY = Policy(
    spec=Compression,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_compression,
    filters={
        "compression": _script(_NEGOTIATE),
        **{f"compression.{algorithm}": _encoder(algorithm) for algorithm in Algorithm},
        "compression.select": _script(_SELECT),
    },
)
