-- ARGV[7]: note; events begin at ARGV[8].

local EVENTS = 8

local log = load()
local may = standing(log, #ARGV - EVENTS + 1)
if may == 'sealed' then
  return { 'done', 0 }
elseif may ~= 'writing' and may ~= 'canceled' then
  return { 'fenced', 0 }
end
-- However large the log is: it must have an end.
local fresh = write(log, EVENTS, true, true)
if not fresh then
  renew(log)
  return { 'lost', log.last }
end
redis.call('HSET', KEYS[1], 'note', ARGV[7])
redis.call('HDEL', KEYS[1], 'entries_after')
let_go()
log.phase = 'sealed'
save(log)
touch(log, keep)
if fresh <= #ARGV then
  tell(channel, 'more', log.last - #ARGV + fresh, fresh)
end
return { 'done', 0 }
