-- ARGV[7]: next_attempt, ARGV[8]: note; events begin at ARGV[9].

local EVENTS = 9

local log = load()
local may = standing(log, #ARGV - EVENTS + 1)
if may == 'canceled' then
  renew(log)
  return { 'canceled', 0 }
elseif may == 'parked' then
  return { 'done', 0 }
elseif may ~= 'writing' then
  return { 'fenced', 0 }
end
local fresh, refusal = write(log, EVENTS, true)
if not fresh then
  renew(log)
  return { refusal, log.last }
end
redis.call('HSET', KEYS[1], 'entries_after', log.reported, 'note', ARGV[8])
let_go()
log.phase, log.next, log.reported = 'parked', math.max(tonumber(ARGV[7]), attempt), log.last
save(log)
touch(log, keep)
if fresh <= #ARGV then
  tell(channel, 'more', log.last - #ARGV + fresh, fresh)
end
return { 'done', 0 }
