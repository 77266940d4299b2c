-- KEYS: the hash of what workers said
-- Answers what holds, by worker and pool; what does not is forgotten.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local said = redis.call('HGETALL', KEYS[1])
local held = {}
for i = 1, #said, 2 do
  local until_ms, status = said[i + 1]:match('^(%d+) (.*)$')
  if tonumber(until_ms) > now then
    held[#held + 1] = { said[i], status }
  else
    redis.call('HDEL', KEYS[1], said[i])
  end
end
table.sort(held, function(a, b) return a[1] < b[1] end)
local statuses = {}
for i, entry in ipairs(held) do
  statuses[i] = entry[2]
end
return statuses
