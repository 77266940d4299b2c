-- Answers all keys with what is known of them, as JSON; nothing if the pool is missing.

local pool = load()
if not pool then
  return nil
end
local time = now()

local rests = {}
local flat = redis.call('HGETALL', beside('rests'))
for i = 1, #flat, 2 do
  local whose = cjson.decode(flat[i])
  local until_, cause = string.match(flat[i + 1], '^(%d+) (.+)$')
  if tonumber(until_) > time then
    local of_group = rests[whose[1]] or {}
    of_group[#of_group + 1] = { model = whose[2], until_ = tonumber(until_), cause = cause }
    rests[whose[1]] = of_group
  else
    redis.call('HDEL', beside('rests'), flat[i])
  end
end

local list = {}
for _, key in ipairs(all_keys()) do
  if key.registered then
    local since = '(' .. text(time - WINDOW)
    key.used = redis.call('ZCOUNT', loans(key.name), since, '+inf')
    key.under_way = redis.call('ZCOUNT', beside('out:' .. key.name), text(time), '+inf')
    for _, budget in ipairs(key.budgets) do
      budget.used = used_of(budget, time)
    end
    -- A list of nothing would become an object.
    key.budgets = key.budgets[1] and key.budgets
    key.rests = rests[group_of(key)]
    key.barred = {}
    for _, model in ipairs(redis.call('ZRANGEBYSCORE', bars(key.name), '(' .. text(time), '+inf')) do
      key.barred[model] = true
    end
    key.off = key.off and key.off > time and key.off or nil
    list[#list + 1] = cjson.encode(key)
  end
end
return list
