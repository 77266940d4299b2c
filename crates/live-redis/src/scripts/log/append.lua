-- ARGV[7]: '1' if the lease is to be renewed, ARGV[8]: what followers are told before the events, which
-- begin at ARGV[9].

local EVENTS = 9

local log = load()
local may = standing(log, #ARGV - EVENTS + 1)
if may == 'canceled' then
  renew(log)
  return { 'canceled', 0 }
elseif may ~= 'writing' then
  return { 'fenced', 0 }
end
local fresh, refusal = write(log, EVENTS, #ARGV >= EVENTS)
renew(log)
if not fresh then
  return { refusal, log.last }
end
if fresh <= #ARGV then
  tell(channel, 'more', log.last - #ARGV + fresh, fresh)
end
return { 'done', 0 }
