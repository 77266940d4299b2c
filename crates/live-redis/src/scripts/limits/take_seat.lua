-- What each process serves of one user: until when its word holds (milliseconds), and how many
-- streams.
-- ARGV: the process, how many it serves with one more, for how many milliseconds that holds, the
-- most of all
-- Answers 1 if it is counted, 0 if all together would serve more than the most.

local own, streams, kept, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local said, others = redis.call('HGETALL', KEYS[1]), 0
local counted = streams
for i = 1, #said, 2 do
  local until_ms, serves = said[i + 1]:match('^(%d+) (%d+)$')
  if tonumber(until_ms) <= now then
    redis.call('HDEL', KEYS[1], said[i])
  elseif said[i] == own then
    counted = math.max(counted, tonumber(serves))
  else
    others = others + tonumber(serves)
  end
end
if others + streams > most then
  return 0
end
redis.call('HSET', KEYS[1], own, string.format('%d %d', now + kept, counted))
if redis.call('PTTL', KEYS[1]) < kept then
  redis.call('PEXPIRE', KEYS[1], kept)
end
return 1
