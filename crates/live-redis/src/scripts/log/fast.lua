-- The usual append, before all the rest is even set up, which takes several times as long: the writer
-- holds the log, its events follow on, nothing was lost and nobody asked to stop. Whatever is not so goes
-- on below.
-- ARGV as in append.lua

do
  local held = redis.call('HMGET', KEYS[1], 'phase', 'fence', 'base', 'last', 'recovery', 'canceled')
  local count = #ARGV - 8
  if held[1] == 'held' and held[2] == ARGV[2] and held[5] == 'none' and held[6] == '0'
    and count > 0 and count <= 1000 then
    local base, last = held[3] + 0, held[4] + 0
    if last == ARGV[3] - 1 and last > base then
      -- The new length says whether the list was whole; asking before would be one call more.
      if redis.call('RPUSH', KEYS[2], unpack(ARGV, 9)) == last - base + count then
        if ARGV[7] == '1' then
          local time = redis.call('TIME')
          redis.call('HSET', KEYS[1], 'until', time[1] * 1000000 + time[2] + ARGV[4])
        end
        redis.call('HSET', KEYS[1], 'last', last + count)
        redis.call('PUBLISH', ARGV[6], ARGV[8] .. table.concat(ARGV, '', 9))
        return 0
      end
      redis.call('RPOP', KEYS[2], count)
    end
  end
end

