-- ARGV: created and last loan (name, turn) as the caller knows them, then the keys as JSON
-- Answers when the pool was created.

local created, last_name, last_turn = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])

local time = now()
local pool = load()
if pool then
  compare(pool, created, last_name, last_turn, time)
else
  -- The caller knows of a pool that is gone, and its loans with it.
  pool = { created = time, careful = created > 0 and time + COUNTS or 0, turn = 0, place = 0 }
  redis.call('HSET', KEYS[1], 'created', text(time), 'careful', text(pool.careful))
end

local by_name = {}
for _, key in ipairs(all_keys()) do
  key.registered = false
  by_name[key.name] = key
end
for _, spec in ipairs(cjson.decode(ARGV[4])) do
  local key = by_name[spec.name] or { name = spec.name, revoked = false }
  key.registered = true
  -- An earlier version kept the models of `bars` here, and still looks for them.
  key.barred = {}
  key.weight, key.group, key.rpm = spec.weight, spec.group, spec.rpm
  key.concurrency, key.budgets = spec.concurrency, spec.budgets
  by_name[spec.name] = key
end
local groups, count = {}, 0
for _, key in pairs(by_name) do
  save_key(key)
  arrange(key, pool)
  if key.registered and not groups[group_of(key)] then
    groups[group_of(key)] = true
    count = count + 1
  end
end
redis.call('HSET', KEYS[1], 'groups', count)
touch()
return pool.created
