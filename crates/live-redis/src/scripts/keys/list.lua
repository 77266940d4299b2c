-- Answers name, state, until when it cools and requests in the window, of each key; nothing if the
-- pool is missing.

local pool = load()
if not pool then
  return nil
end
local time = now()
local list = {}
for _, key in ipairs(pool.keys) do
  if key.registered then
    local state = 'active'
    if key.disabled then
      state = 'disabled'
    elseif key.revoked then
      state = 'revoked'
    elseif key.cooling > time then
      state = 'cooling'
    end
    local since = string.format('(%.0f', time - WINDOW)
    local used = redis.call('ZCOUNT', loans(key.name), since, '+inf')
    list[#list + 1] = { key.name, state, key.cooling, used }
  end
end
return list
