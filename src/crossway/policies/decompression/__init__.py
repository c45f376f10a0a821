"""Decompression: backends get the bodies of requests as they were before the client compressed them.

The proxy's decoder is quiet: a body that is broken, or that grows without end, reaches the backend cut off and looks
whole. So two short scripts stand around it: the first one keeps what a gzip member says of itself at its end (size and
CRC-32; RFC 1952, section 2.3.1), and the second one compares. Brotli says nothing of the kind, and is left alone.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictBool, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Size, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.compression.gzip.decompressor import v3 as gzip_v3
from crossway.protos.envoy.extensions.filters.http.decompressor import v3 as decompressor_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3
from crossway.protos.google import protobuf

_MAX_RATIO: Final = 100
"""How much larger a body may become, which bounds the memory that a small piece of it can take."""

_EXPECT: Final = """
-- Keep what the end of the body says of the whole, in hexadecimal: the CRC-32 and the size. Pass the rest at once, so
-- that no more of it is decoded than the second script has room for.
function envoy_on_request(handle)
  local encoding = (handle:headers():get("content-encoding") or ""):lower()
  if encoding:find(",") and encoding:find("gzip") then
    handle:respond({[":status"] = "415"}, "")
    return
  end
  if encoding ~= "gzip" then return end
  handle:streamInfo():dynamicMetadata():set("crossway.decompression", "ending", "")
  local ending = ""
  for chunk in handle:bodyChunks() do
    local length = chunk:length()
    local taken = math.min(length, 8)
    if taken > 0 then ending = (ending .. chunk:getBytes(length - taken, taken)):sub(-8) end
  end
  local hexadecimal = ending:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
  handle:streamInfo():dynamicMetadata():set("crossway.decompression", "ending", hexadecimal)
end
"""

_VERIFY: Final = """
local bit, ffi = require("bit"), require("ffi")
local crcs = ffi.new("int32_t[256]")
for index = 0, 255 do
  local crc = index
  for _ = 1, 8 do
    crc = bit.bxor(bit.rshift(crc, 1), bit.band(-bit.band(crc, 1), 0xedb88320))
  end
  crcs[index] = crc
end

-- Return how a gzip member that holds this text ends, in hexadecimal.
local function ending(text)
  local bytes, crc = ffi.cast("const uint8_t*", text), -1
  for index = 0, #text - 1 do
    crc = bit.bxor(bit.rshift(crc, 8), crcs[bit.band(bit.bxor(crc, bytes[index]), 0xff)])
  end
  return bit.tohex(bit.bswap(bit.bnot(crc))) .. bit.tohex(bit.bswap(#text))
end

-- Answer in place of the backend where the decoder gave up.
function envoy_on_request(handle)
  if not handle:streamInfo():dynamicMetadata():get("crossway.decompression") then return end
  local body = handle:body()
  local length = body and body:length() or 0
  local expected = handle:streamInfo():dynamicMetadata():get("crossway.decompression")["ending"]
  if length > handle:filterContext():get("max_size") then
    handle:respond({[":status"] = "413"}, "")
    return
  end
  if expected == "" and length == 0 then return end
  if ending(length > 0 and body:getBytes(0, length) or "") ~= expected then
    handle:respond({[":status"] = "400"}, "")
    return
  end
  handle:headers():replace("content-length", tostring(length))
end
"""


class Decompression(Spec):
    """Decompress the bodies of requests that come with `content-encoding: gzip`. In one line, `decompression: true`.

    A body that is broken, that has more than one gzip member, or of which a piece grows to more than a hundred times
    its size is answered 400, and one that was compressed twice 415; none of it reaches the backend. Bodies in other
    encodings, Brotli and Zstandard among them, are passed on as they are: nothing in them says whether all of it came
    out again. A compressed request waits here until all of its body is there.
    """

    max_size: Annotated[Size, Field(ge=1)] = 10 * 2**20
    """Answer 413 to a body that is larger than this when it has been decompressed. 10MiB by default: each of them is in
    memory as a whole. The limit also holds for others who have to see a whole body on this route."""
    enabled: StrictBool = True
    """`false` passes bodies on as they come, whatever was attached farther away."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"enabled": value} if isinstance(value, bool) else value


def compile_decompression(spec: Decompression, _site: Site) -> Fragment:
    """Return the filters switched on, and room for the body: a limit that what comes in one piece may pass."""
    if not spec.enabled:
        return Fragment()
    on = route_v3.FilterConfig()
    on.config.SetInParent()
    limit = lua_v3.LuaPerRoute(filter_context={"max_size": spec.max_size})
    return Fragment(
        route=route_v3.Route(request_body_buffer_limit=protobuf.UInt64Value(value=spec.max_size)),
        per_route={"decompression": on, "decompression.gzip": on, "decompression.verify": limit},
    )


def _decoder() -> decompressor_v3.Decompressor:
    """Return the decoder. It touches no answers, and asks no backend to compress them."""
    library = gzip_v3.Gzip(
        window_bits=protobuf.UInt32Value(value=15), max_inflate_ratio=protobuf.UInt32Value(value=_MAX_RATIO)
    )
    off = core_v3.RuntimeFeatureFlag(default_value=protobuf.BoolValue(value=False), runtime_key="crossway.unused")
    common = decompressor_v3.Decompressor.CommonDirectionConfig
    return decompressor_v3.Decompressor(
        decompressor_library=core_v3.TypedExtensionConfig(name="gzip", typed_config=pack(library)),
        request_direction_config=decompressor_v3.Decompressor.RequestDirectionConfig(
            common_config=common(ignore_no_transform_header=True),
            advertise_accept_encoding=protobuf.BoolValue(value=False),
        ),
        response_direction_config=decompressor_v3.Decompressor.ResponseDirectionConfig(
            common_config=common(enabled=off)
        ),
    )


def _script(text: str) -> lua_v3.Lua:
    return lua_v3.Lua(default_source_code=core_v3.DataSource(inline_string=text))


POLICY = Policy(
    spec=Decompression,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_decompression,
    filters={
        "decompression": _script(_EXPECT),
        "decompression.gzip": _decoder(),
        "decompression.verify": _script(_VERIFY),
    },
)
