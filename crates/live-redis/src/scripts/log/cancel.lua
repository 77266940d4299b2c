-- ARGV: keep, channel, what to tell there
-- Notes the wish to stop, if it can still make a difference.

local log = load()
if has_ended(log) then
  return
end
redis.call('HSET', KEYS[1], 'canceled', '1')
touch(log, ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
