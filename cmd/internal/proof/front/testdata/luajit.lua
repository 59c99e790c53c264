-- Runs an emitted script in LuaJIT, the interpreter that Envoy has, on requests from a file: method, path and body in
-- hexadecimal digits, one request a line. Prints a line for each: what was refused, or what is counted.
local script, requests, rounds = arg[1], arg[2], tonumber(arg[3])
dofile(script)

local function text(hex) return (hex:gsub("%x%x", function(c) return string.char(tonumber(c, 16)) end)) end

local function handle(method, path, body, out)
  local headers = { [":method"] = method, [":path"] = path }
  local h = {}
  function h:headers()
    return {
      get = function(_, name) return headers[name] end,
      getAtIndex = function(_, name, i) return i == 0 and headers[name] or nil end,
    }
  end
  function h:body()
    if body == "" then return nil end
    return { length = function() return #body end, getBytes = function(_, at, n) return body:sub(at + 1, at + n) end }
  end
  function h:respond(with) out.status = with[":status"] end
  function h:streamInfo()
    return { dynamicMetadata = function() return { set = function(_, _, key, value) out[key] = value end } end }
  end
  return h
end

local all = {}
for line in io.lines(requests) do
  local method, path, body = line:match("^(%x*) (%x*) (%x*)$")
  all[#all + 1] = { text(method), text(path), text(body) }
end
for _, q in ipairs(all) do
  local out = {}
  envoy_on_request(handle(q[1], q[2], q[3], out))
  local parts = {}
  for name, charge in pairs(out) do
    if name == "status" then
      parts[#parts + 1] = charge
    else
      parts[#parts + 1] = ("%s %s %s %d"):format(name, charge.operation or "", charge.key or "", charge.cost)
    end
  end
  table.sort(parts)
  print(table.concat(parts, ";"))
end
if rounds then
  local begin = os.clock()
  for _ = 1, rounds do
    for _, q in ipairs(all) do envoy_on_request(handle(q[1], q[2], q[3], {})) end
  end
  io.stderr:write(("%.2f microseconds a request\n"):format((os.clock() - begin) * 1e6 / rounds / #all))
end
