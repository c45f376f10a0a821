"""The client's address as a condition of a route.

Envoy's routes match headers, not addresses. The address is in a header all the same: Envoy writes
``x-envoy-external-address`` itself before it looks for a route, or the policy `client_ip` has put there what the
address is to be found from, as ``TRUSTED|PEER|CHAIN``. A string matcher in Lua resolves that as Envoy does, and says
whether the address is in a network. It runs for routes with this condition only, and costs them 2 to 4 us.
"""

from __future__ import annotations

from typing import Final

from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.string_matcher.lua import v3 as lua_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.xds.core import v3 as xds_core_v3

CLIENT_ADDRESS: Final = "x-envoy-external-address"
"""Never leaves the proxy: it is removed from what backends get."""

_LUA: Final = """
local function parse(text)
  local a, b, c, d = text:match("^%s*(%d+)%.(%d+)%.(%d+)%.(%d+)%s*$")
  if a then
    local ip = {tonumber(a), tonumber(b), tonumber(c), tonumber(d)}
    for i = 1, 4 do if ip[i] > 255 then return nil end end
    return ip
  end
  text = text:match("^%s*([%x:%.]+)%s*$")
  if not text then return nil end
  local head, v4 = text:match("^(.*:)(%d+%.%d+%.%d+%.%d+)$")
  if head then
    local ip = parse(v4)
    if not ip then return nil end
    text = head .. string.format("%x:%x", ip[1] * 256 + ip[2], ip[3] * 256 + ip[4])
  end
  local left, right = text:match("^(.-)::(.*)$")
  local groups, tail = {}, {}
  for group in (left or text):gmatch("[^:]+") do groups[#groups + 1] = tonumber(group, 16) end
  for group in (right or ""):gmatch("[^:]+") do tail[#tail + 1] = tonumber(group, 16) end
  if left then
    while #groups + #tail < 8 do groups[#groups + 1] = 0 end
    for i = 1, #tail do groups[#groups + 1] = tail[i] end
  end
  if #groups ~= 8 then return nil end
  local ip = {}
  for i = 1, 8 do
    if groups[i] > 65535 then return nil end
    ip[2 * i - 1], ip[2 * i] = math.floor(groups[i] / 256), groups[i] % 256
  end
  return ip
end

local function unmapped(ip)
  if #ip ~= 16 or ip[11] ~= 255 or ip[12] ~= 255 then return ip end
  for i = 1, 10 do if ip[i] ~= 0 then return ip end end
  return {ip[13], ip[14], ip[15], ip[16]}
end

local function networks(text)
  local list = {}
  for address, length in text:gmatch("([^%s/]+)/(%d+)") do
    list[#list + 1] = {address = parse(address), length = tonumber(length)}
  end
  return list
end

local function inside(ip, list)
  for _, network in ipairs(list) do
    local same, left = #ip == #network.address, network.length
    for i = 1, #ip do
      if not same or left <= 0 then break end
      local unit = left >= 8 and 1 or 2 ^ (8 - left)
      same = math.floor(ip[i] / unit) == math.floor(network.address[i] / unit)
      left = left - 8
    end
    if same then return true end
  end
  return false
end

local wanted = networks("%NETWORKS%")

local function client(value)
  local trusted, peer, chain = value:match("^([^|]*)|([^|]*)|(.*)$")
  if not trusted then return parse(value) end
  if trusted == "header" then return parse(chain) or parse(peer) end
  local ip, list = parse(peer), networks(trusted)
  if not ip or not inside(ip, list) then return ip end
  local entries, last = {}, ip
  for entry in (chain .. ","):gmatch("([^,]*),") do entries[#entries + 1] = entry end
  for i = #entries, 1, -1 do
    last = parse(entries[i])
    if not last then return ip end
    if not inside(last, list) then return last end
  end
  return last
end

function envoy_match(value)
  local ip = client(value)
  return ip ~= nil and inside(unmapped(ip), wanted)
end
"""


def compile_source_ips(networks: tuple[str, ...]) -> route_v3.HeaderMatcher:
    """Return a condition that holds where the client's address is in one of *networks*, in CIDR notation."""
    code = _LUA.replace("%NETWORKS%", " ".join(networks))
    config = lua_v3.Lua(source_code=core_v3.DataSource(inline_string=code))
    custom = xds_core_v3.TypedExtensionConfig(name="client_ip", typed_config=pack(config))
    return route_v3.HeaderMatcher(name=CLIENT_ADDRESS, string_match=matcher_v3.StringMatcher(custom=custom))
