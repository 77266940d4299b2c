-- ARGV: created and last loan (name, turn) as the caller knows them, then names and budgets in turn
-- Answers when the pool was created.

local created, last_name, last_turn = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local KEYS_AT = 4

local time = now()
local pool = load()
if pool then
  compare(pool, created, last_name, last_turn, time)
else
  -- The caller knows of a pool that is gone, and its loans with it.
  pool = { keys = {}, created = time, careful = created > 0 and time + COUNTS or 0 }
  redis.call('HSET', KEYS[1], 'created', time, 'careful', pool.careful)
end

local by_name, last_position = {}, 0
for _, key in ipairs(pool.keys) do
  key.registered = false
  by_name[key.name] = key
  last_position = key.position
end
for i = KEYS_AT, #ARGV, 2 do
  local name = ARGV[i]
  local key = by_name[name]
  if not key then
    last_position = last_position + 1
    key = { name = name, disabled = false, revoked = false, cooling = 0, turn = 0 }
    key.position = last_position
    by_name[name] = key
  end
  key.registered, key.budget = true, tonumber(ARGV[i + 1])
end
for _, key in pairs(by_name) do
  save_key(key)
end
touch()
return pool.created
