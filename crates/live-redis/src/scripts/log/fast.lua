-- The usual append, before all the rest is even set up, which takes several times as long: the writer
-- holds the log, its events follow on, nothing was lost, there is room and nobody asked to stop. Whatever
-- is not so goes on below.
-- ARGV as in append.lua

do
  local call, text = redis.call, string.format
  local held = call('HMGET', KEYS[1], 'phase', 'fence', 'base', 'last', 'bytes', 'canceled')
  local count = #ARGV - 8
  if held[1] == 'held' and held[2] == ARGV[2] and held[5] and held[6] == '0'
    and count > 0 and count <= 1000 then
    local base, last = held[3] + 0, held[4] + 0
    local events = count == 1 and ARGV[9] or table.concat(ARGV, '', 9)
    local bytes = held[5] + #events
    if last == ARGV[3] - 1 and last > base and bytes <= ARGV[6] + 0 then
      -- The new length says whether the list was whole; asking before would be one call more.
      if call('RPUSH', KEYS[2], unpack(ARGV, 9)) == last - base + count then
        if ARGV[7] == '1' then
          local time = call('TIME')
          call('HSET', KEYS[1], 'until', time[1] * 1000000 + time[2] + ARGV[4])
        end
        -- Redis writes numbers with a fraction, which takes longer.
        call('HSET', KEYS[1], 'last', text('%d', last + count), 'bytes', text('%d', bytes))
        call('PUBLISH', KEYS[1]:sub(1, -7), ARGV[8] .. events)
        return 0
      end
      call('RPOP', KEYS[2], count)
    end
  end
end

