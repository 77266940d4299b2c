-- Events begin at ARGV[7].

local EVENTS = 7

local log = load()
local may = standing(log, #ARGV - EVENTS + 1)
if may == 'canceled' then
  renew(log)
  return { 'canceled', 0 }
elseif may ~= 'writing' then
  return { 'fenced', 0 }
end
local fresh = write(log, EVENTS, #ARGV >= EVENTS)
renew(log)
if not fresh then
  return { 'lost', log.last }
end
if fresh <= #ARGV then
  tell(channel, 'more', log.last - #ARGV + fresh, fresh)
end
return { 'done', 0 }
