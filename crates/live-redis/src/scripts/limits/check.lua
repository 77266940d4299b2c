-- One bucket, as the time at which it is full again (microseconds): a leaky bucket, GCRA.
-- ARGV: how many at once, for how long each of them counts (whole microseconds, so that sums are exact)
-- Answers 0 and how many more may come at once if it is allowed and counted, else how long to wait.

local times, each = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- No bucket is emptier than empty: if the clock was set back, this one fills up again all the same.
local full_at = math.min(tonumber(redis.call('GET', KEYS[1]) or 0), now + times * each)
full_at = math.max(full_at, now) + each
local wait = full_at - times * each - now
if wait > 0 then
  return { wait, 0 }
end
redis.call('SET', KEYS[1], full_at, 'PX', math.ceil((full_at - now) / 1000))
return { 0, math.floor(-wait / each) }
