-- The keys of one provider. KEYS[1] is a hash; times are in microseconds, and those of loans in a sorted
-- set beside it, one for each key.
--
-- created    when the pool was made, which tells it from one made after that was lost
-- careful    until then every budget counts as used, since loans were forgotten
-- turn       the turn of the last loan: its time, or a little later, no two alike
-- key:NAME   budget ('-' for none), registered, disabled, revoked, cooling until, turn, position

-- How long a loan counts, and for how long it is shown: the window, and what a call may take to arrive.
local WINDOW = 60 * 1000000
local COUNTS = WINDOW + 1000000

-- Nothing is known of a pool that nobody has used for so long (milliseconds).
local KEEP = 90 * 24 * 3600 * 1000

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function loans(name)
  return KEYS[1] .. ':loans:' .. name
end

local function read_key(name, text)
  local budget, registered, disabled, revoked, cooling, turn, position =
    string.match(text, '^(%S+) (%d) (%d) (%d) (%d+) (%d+) (%d+)$')
  return {
    name = name,
    budget = tonumber(budget),
    registered = registered == '1',
    disabled = disabled == '1',
    revoked = revoked == '1',
    cooling = tonumber(cooling),
    turn = tonumber(turn),
    position = tonumber(position),
  }
end

local function save_key(key)
  local function bit(flag)
    return flag and 1 or 0
  end
  local text = string.format('%s %d %d %d %.0f %.0f %d', key.budget or '-', bit(key.registered),
    bit(key.disabled), bit(key.revoked), key.cooling, key.turn, key.position)
  redis.call('HSET', KEYS[1], 'key:' .. key.name, text)
end

-- One key, if it is known.
local function find_key(name)
  local text = redis.call('HGET', KEYS[1], 'key:' .. name)
  return text and read_key(name, text)
end

-- The pool with its keys in the order of their registration; nothing if it is not there.
local function load()
  local flat = redis.call('HGETALL', KEYS[1])
  if #flat == 0 then
    return nil
  end
  local pool = { keys = {}, careful = 0, turn = 0 }
  for i = 1, #flat, 2 do
    local field, value = flat[i], flat[i + 1]
    if string.sub(field, 1, 4) == 'key:' then
      pool.keys[#pool.keys + 1] = read_key(string.sub(field, 5), value)
    else
      pool[field] = tonumber(value)
    end
  end
  table.sort(pool.keys, function(a, b)
    return a.position < b.position
  end)
  return pool
end

local function touch()
  redis.call('PEXPIRE', KEYS[1], KEEP)
end

-- From now until `careful` every budget counts as used.
local function be_careful(pool, careful)
  if careful > pool.careful then
    pool.careful = careful
    redis.call('HSET', KEYS[1], 'careful', careful)
  end
end

-- What a process knows of the pool: when it was created, and the last loan it got. If that is not what
-- the pool knows, loans were forgotten.
local function compare(pool, created, name, turn, time)
  if created > 0 and created ~= pool.created then
    be_careful(pool, pool.created + COUNTS)
  elseif turn + WINDOW > time and not redis.call('ZSCORE', loans(name), turn) then
    be_careful(pool, time + COUNTS)
    -- Written back, so that the same loss is not found again with every wish.
    redis.call('ZADD', loans(name), turn, string.format('%.0f', turn))
    redis.call('PEXPIRE', loans(name), COUNTS / 1000 + 1000)
  end
end
