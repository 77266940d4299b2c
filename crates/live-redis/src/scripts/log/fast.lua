-- The usual append, before all the rest is even set up, which takes four times as long: the writer holds
-- the log, its events follow on, nothing was lost and nobody asked to stop. Whatever is not so goes on
-- below.
-- ARGV as in write.lua, events from the seventh on

do
  local held = redis.call('HMGET', KEYS[1], 'phase', 'fence', 'base', 'last', 'recovery', 'canceled')
  local count = #ARGV - 6
  if held[1] == 'held' and held[2] == ARGV[2] and held[5] == 'none' and held[6] == '0'
    and count > 0 and count <= 1000 then
    local base, last = tonumber(held[3]), tonumber(held[4])
    if last == ARGV[3] - 1 and last > base and redis.call('LLEN', KEYS[2]) == last - base then
      local time = redis.call('TIME')
      redis.call('RPUSH', KEYS[2], unpack(ARGV, 7))
      redis.call('HSET', KEYS[1], 'until', time[1] * 1000000 + time[2] + ARGV[4], 'last', last + count)
      local lengths = {}
      for i = 7, #ARGV do
        lengths[i - 6] = #ARGV[i]
      end
      local head = string.format('more %.0f %s\n', last + 1, table.concat(lengths, ' '))
      redis.call('PUBLISH', ARGV[6], head .. table.concat(ARGV, '', 7))
      return { 'done', 0 }
    end
  end
end

