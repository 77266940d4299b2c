-- KEYS: how often workers were asked to read their settings again
-- ARGV: 'ask' and for how many milliseconds that is kept, or 'look'
-- Answers how often.

if ARGV[1] == 'look' then
  return tonumber(redis.call('GET', KEYS[1]) or 0)
end
-- By the time, so that it grows even if it was forgotten in between.
local time = redis.call('TIME')
local asked = math.max(tonumber(redis.call('GET', KEYS[1]) or 0) + 1, time[1] * 1000)
redis.call('SET', KEYS[1], string.format('%.0f', asked), 'PX', ARGV[2])
return asked
