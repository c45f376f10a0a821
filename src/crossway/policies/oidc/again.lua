-- A session whose token is gone is over: a provider may leave it out when it refreshes the others. A browser is sent to
-- where it is, without the cookies, which ends in the login; whoever else is told that there is no session.

local function decide(handle)
  local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  if verified and verified["claims"] then return nil end
  local headers = handle:headers()
  local page = (headers:get("accept") or ""):find("text/html", 1, true)
  if not page or (headers:get("x-requested-with") or ""):lower() == "xmlhttprequest" then
    return { [":status"] = "401" }
  end
  local cookies = handle:filterContext():get("cookies")
  local origin = headers:get("x-forwarded-proto") .. "://" .. headers:get(":authority")
  return { [":status"] = "302", ["location"] = origin .. headers:get(":path"), ["set-cookie"] = cookies }
end

-- An error in here would let the request go on.
function envoy_on_request(handle)
  local fine, answer = pcall(decide, handle)
  if not fine then
    handle:logErr(answer)
    answer = { [":status"] = "500" }
  end
  if answer then handle:respond(answer, "") end
end
