-- Lets only pass what the filter before it has looked at.
function envoy_on_request(handle)
  if not handle:streamInfo():dynamicMetadata():get("crossway.authentication") then
    handle:respond({ [":status"] = "503" }, "")
  end
end
