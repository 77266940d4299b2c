-- Buckets, each as the time at which it is full again (microseconds): leaky buckets, GCRA. All of them allow it, and it
-- is counted in all, or in none.
-- ARGV: for each, how many at once, for how long each of them counts (whole microseconds, so that sums are exact)
-- Answers 0 and of each how many more may come at once if it is allowed and counted, else how long to wait and which
-- one says so.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local longest, by, left, full = 0, 0, {}, {}
for i, bucket in ipairs(KEYS) do
  local times, each = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  -- No bucket is emptier than empty: if the clock was set back, this one fills up again all the same.
  local full_at = math.min(tonumber(redis.call('GET', bucket) or 0), now + times * each)
  full_at = math.max(full_at, now) + each
  local wait = full_at - times * each - now
  if wait > longest then
    longest, by = wait, i
  end
  left[i], full[i] = math.floor(-wait / each), full_at
end
if longest > 0 then
  return { longest, { by } }
end
for i, bucket in ipairs(KEYS) do
  redis.call('SET', bucket, full[i], 'PX', math.ceil((full[i] - now) / 1000))
end
return { 0, left }
