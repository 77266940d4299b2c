-- What each process serves of one user, as take_seat.lua writes it.
-- ARGV: the process, how many it serves, for how many milliseconds that holds

local own, streams, kept = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if streams == 0 then
  redis.call('HDEL', KEYS[1], own)
  return
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], own, string.format('%d %d', now + kept, streams))
if redis.call('PTTL', KEYS[1]) < kept then
  redis.call('PEXPIRE', KEYS[1], kept)
end
