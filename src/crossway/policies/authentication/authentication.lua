-- Constants stand before this text: names of headers, NOBODY, and KNOWN, who is recognised by what.
local known = {}
for key, who in KNOWN:gmatch("(%S+) (%S+)") do
  known[key:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)] = who
end

local WHO = "^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);(%d*)$"

-- Each method returns whether its credential was shown and right, and the consumer, if it is one's.
local methods = {
  api_key = function(_, headers)
    local client = headers:get(CLIENT)
    headers:remove(CLIENT)
    headers:remove("x-crossway-anonymous")
    if client == NOBODY then client = nil end
    return client ~= nil, client
  end,
  basic_auth = function(_, headers)
    local user = headers:get(USER)
    headers:remove(USER)
    return user ~= nil, user and known["basic_auth " .. user]
  end,
  hmac_signature = function(_, headers)
    local signed = headers:get(SIGNED)
    headers:remove(SIGNED)
    return signed ~= nil, signed
  end,
  jwt = function(handle, _, settings)
    local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
    local claims = verified and verified["claims"]
    if not claims then return false end
    local subject = claims[settings["claim"]]
    if type(subject) ~= "string" then return not settings["consumer"] end
    local who = known["jwt " .. tostring(claims["iss"]) .. " " .. subject] or known["jwt  " .. subject]
    return who ~= nil or not settings["consumer"], who
  end,
  ldap = function(_, headers)
    local listed = headers:get(LISTED)
    headers:remove(LISTED)
    return listed ~= nil, listed
  end,
  mtls = function(handle)
    local tls = handle:streamInfo():downstreamSslConnection()
    if not tls or not tls:peerCertificateValidated() then return false end
    local who = known["mtls " .. tls:sha256PeerCertificateDigest()]
    for _, names in ipairs({ tls:uriSanPeerCertificate(), tls:dnsSansPeerCertificate() }) do
      for _, name in ipairs(names) do who = who or known["mtls name " .. name] end
    end
    return who ~= nil, who
  end,
  oauth2 = function(handle)
    local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
    local claims = verified and verified["claims"]
    local issued = claims and claims["crossway"]
    if not issued then return false end
    local who = known["oauth2 client " .. tostring(claims["client_id"])]
    local user = issued["user"]
    if who and user then who = known["oauth2 user " .. tostring(claims["sub"]) .. " " .. tostring(user)] end
    return who ~= nil, who
  end,
}

local ORDER = { "api_key", "basic_auth", "hmac_signature", "jwt", "ldap", "mtls", "oauth2" }

local read = {}

-- Tells later filters and the backend who it was; returns the status of the answer to who has expired.
local function establish(headers, who)
  local fields = read[who]
  if not fields then
    fields = { who:match(WHO) }
    read[who] = fields
  end
  local name, groups, tags, plan, credential, expires = unpack(fields)
  if expires ~= "" and os.time() >= tonumber(expires) then return "401" end
  headers:add("x-consumer-username", name)
  headers:add("x-credential-identifier", credential)
  if groups ~= "" then headers:add("x-consumer-groups", groups) end
  if tags ~= "" then headers:add("x-consumer-tags", tags) end
  if plan ~= "" then headers:add("x-consumer-plan", plan) end
end

-- Returns the status of the answer to a request that may not pass.
local function decide(handle)
  local headers = handle:headers()
  local sole = headers:get(SOLE)
  if sole then
    if sole == NOBODY then return "401" end
    return establish(headers, sole)
  end
  local context = handle:filterContext()
  if context:get("guarded") then
    handle:streamInfo():dynamicMetadata():set("crossway.authentication", "looked_at", true)
  end
  local passed, failed, who = 0, 0, nil
  for _, method in ipairs(ORDER) do
    local settings = context:get(method)
    if settings then
      local right, found = methods[method](handle, headers, settings)
      if right then passed = passed + 1 else failed = failed + 1 end
      if who and found and who:match("^[^;]*") ~= found:match("^[^;]*") then return "401" end
      who = who or found
    end
  end
  if passed == 0 then return not context:get("optional") and "401" or nil end
  if failed > 0 and not context:get("any") then return "401" end
  return who and establish(headers, who)
end

-- An error in here would let the request go on.
function envoy_on_request(handle)
  local fine, status = pcall(decide, handle)
  if not fine then
    handle:logErr(status)
    status = "500"
  end
  if status then handle:respond({ [":status"] = status }, "") end
end
