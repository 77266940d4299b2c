-- The keys of one provider. KEYS[1] is a hash; times are in microseconds, and those of loans in sorted
-- sets beside it. KEYS[2] never is: see `Names::pool`.
--
-- created        when the pool was made, which tells it from one made after that was lost
-- careful        until then what may be used in a minute counts as used, since loans were forgotten
-- turn           the ticket of the last loan: its time, or a little later, no two alike
-- place          the place of the key lent last: whoever comes back from a rest begins there
-- key:NAME       a key as JSON: what is registered of it, and what is known of it
--
-- Beside it:
-- :order         the keys that may be lent, by their place; the lowest comes next
-- :later         the keys that cannot be lent for any model before a time, by that time
-- :loans:NAME    the loans of a key in the last minute, by their time
-- :barred:NAME   models it may not be used for, by the time from which somebody may ask again
-- :out:NAME      its calls under way, if they are limited, by when they end at the latest
-- :spent:BUDGET  the loans that count for a budget, by their time
-- :took:BUDGET   what each of them took, and under 'total' all of them together
-- :wish:WISH     the loan that a wish got, should it be told again: its turn, whether to give it back,
--                whether others wait for it, and the name
-- :rests         until when, and why, groups rest: for all models, or for one
-- :storms        models throttled for most keys at once: until when, and which loan tries
-- :due           keys somebody has to look at, by when

-- How long a loan counts, and for how long it is shown: the window, and what a call may take to arrive.
local WINDOW = 60 * 1000000
local TRAVEL = 1000000
local COUNTS = WINDOW + TRAVEL
local DAY = 24 * 3600 * 1000000

-- Nothing is known of a pool that nobody has used for so long (milliseconds).
local HOUR = 3600 * 1000
local KEEP = 90 * 24 * HOUR

-- How far a loan moves a key of weight 1 back.
local STRIDE = 720720

-- How soon to ask again while a call under way is in the way.
local SOON = 200000

-- Later than any time.
local NEVER = 8e15

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function text(number)
  return string.format('%.0f', number)
end

local function beside(what)
  return KEYS[1] .. ':' .. what
end

local function loans(name)
  return beside('loans:' .. name)
end

-- One key, if it is known.
local function find_key(name)
  local json = redis.call('HGET', KEYS[1], 'key:' .. name)
  return json and cjson.decode(json)
end

local function save_key(key)
  redis.call('HSET', KEYS[1], 'key:' .. key.name, cjson.encode(key))
end

-- What is limited and rests together with a key. No group is called like this: names are words.
local function group_of(key)
  return key.group or '=' .. key.name
end

-- The pool without its keys; nothing if it is not there.
local function load()
  local values = redis.call('HMGET', KEYS[1], 'created', 'careful', 'turn', 'place')
  if not values[1] then
    return nil
  end
  return {
    created = tonumber(values[1]),
    careful = tonumber(values[2] or 0),
    turn = tonumber(values[3] or 0),
    place = tonumber(values[4] or 0),
  }
end

-- All keys, in no order.
local function all_keys()
  local flat = redis.call('HGETALL', KEYS[1])
  local keys = {}
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, 4) == 'key:' then
      keys[#keys + 1] = cjson.decode(flat[i + 1])
    end
  end
  return keys
end

-- Whether no wait makes it usable.
local function is_out(key)
  return not key.registered or key.revoked or key.off == NEVER or key.rpm == 0
end

local function bars(name)
  return beside('barred:' .. name)
end

-- Whether a key may be used for a model.
local function is_permitted(name, model, time)
  local until_ = redis.call('ZSCORE', bars(name), model)
  return not until_ or tonumber(until_) <= time
end

-- Puts a key where it belongs: among those that may be lent, with its place, or nowhere.
local function arrange(key, pool)
  redis.call('ZREM', beside('later'), key.name)
  if is_out(key) then
    redis.call('ZREM', beside('order'), key.name)
  else
    local place = math.max(tonumber(redis.call('ZSCORE', beside('order'), key.name) or 0), pool.place)
    redis.call('ZADD', beside('order'), text(place), key.name)
  end
end

-- Nothing of the pool goes for as long as it is kept from now on.
local function touch()
  for _, what in ipairs({ 'order', 'later', 'rests', 'storms', 'due' }) do
    redis.call('PEXPIRE', beside(what), KEEP)
  end
  redis.call('PEXPIRE', KEYS[1], KEEP)
end

-- The same, at most once an hour, where nothing was added that is kept by nobody yet.
local function keep_alive()
  if redis.call('PTTL', KEYS[1]) < KEEP - HOUR then
    touch()
  end
end

-- From now until `careful` what may be used in a minute counts as used.
local function be_careful(pool, careful)
  if careful > pool.careful then
    pool.careful = careful
    redis.call('HSET', KEYS[1], 'careful', text(careful))
  end
end

-- What a process knows of the pool: when it was created, and the last loan it got. If that is not what
-- the pool knows, loans were forgotten.
local function compare(pool, created, name, turn, time)
  if created > 0 and created ~= pool.created then
    be_careful(pool, pool.created + COUNTS)
  elseif turn + WINDOW > time and not redis.call('ZSCORE', loans(name), text(turn)) then
    be_careful(pool, time + COUNTS)
    -- Written back, so that the same loss is not found again with every wish.
    redis.call('ZADD', loans(name), text(turn), text(turn))
    redis.call('PEXPIRE', loans(name), COUNTS / 1000 + 1000)
  end
end

-- Budgets

local function counts_for(budget, model)
  return budget.model == nil or budget.model == model
end

local function taken_by(budget, tokens)
  return budget.measure == 'requests' and 1 or math.min(tokens, budget.limit)
end

local function period_of(budget)
  return (budget.period == 'day' and DAY or WINDOW) + TRAVEL
end

-- How much of a budget counts now.
local function used_of(budget, time)
  local spent, took = beside('spent:' .. budget.name), beside('took:' .. budget.name)
  local gone = redis.call('ZRANGEBYSCORE', spent, '-inf', text(time - period_of(budget)))
  for _, ticket in ipairs(gone) do
    -- Subtracted and not negated: of nothing that would be "-0", which is no number to Redis before 7.2.
    redis.call('HINCRBY', took, 'total', text(0 - (redis.call('HGET', took, ticket) or 0)))
    redis.call('HDEL', took, ticket)
    redis.call('ZREM', spent, ticket)
  end
  return tonumber(redis.call('HGET', took, 'total') or 0)
end

-- How many loans are looked at to find out when enough of a budget is free again. A wait that turns out
-- too short is followed by another one.
local FAR_ENOUGH = 200

-- From when `amount` more keeps within a budget; 0 for now.
local function budget_held(budget, amount, careful, time)
  local surplus = used_of(budget, time) + amount - budget.limit
  local from = budget.period == 'minute' and careful > time and careful or 0
  if surplus <= 0 then
    return from
  end
  local spent, took = beside('spent:' .. budget.name), beside('took:' .. budget.name)
  local flat = redis.call('ZRANGE', spent, 0, FAR_ENOUGH - 1, 'WITHSCORES')
  local last = time
  for i = 1, #flat, 2 do
    surplus = surplus - (redis.call('HGET', took, flat[i]) or 0)
    last = tonumber(flat[i + 1])
    if surplus <= 0 then
      break
    end
  end
  return math.max(from, last + period_of(budget))
end

-- What a loan took before, it does not take again; all of it counts from now on.
local function take(budget, ticket, amount, time)
  local spent, took = beside('spent:' .. budget.name), beside('took:' .. budget.name)
  redis.call('ZADD', spent, text(time), ticket)
  if redis.call('HSETNX', took, ticket, text(amount)) == 1 then
    redis.call('HINCRBY', took, 'total', text(amount))
  end
  local keep = period_of(budget) / 1000 + 1000
  redis.call('PEXPIRE', spent, keep)
  redis.call('PEXPIRE', took, keep)
end

local function settle(budget, ticket, amount)
  local took = beside('took:' .. budget.name)
  local before = redis.call('HGET', took, ticket)
  if before then
    redis.call('HSET', took, ticket, text(amount))
    redis.call('HINCRBY', took, 'total', text(amount - before))
  end
end

-- Rests and storms

-- The field of a rest: the group, and the model if it is of one.
local function rest_field(group, model)
  return cjson.encode(model and { group, model } or { group })
end

-- The storm of a model, if there is one.
local function storm_of(model)
  local storm = redis.call('HGET', beside('storms'), model)
  return storm and cjson.decode(storm)
end

local function end_storm(model)
  redis.call('HDEL', beside('storms'), model)
  redis.call('DEL', beside('throttled:' .. model))
end

-- Until when a rest is, and why; 0 if there is none.
local function rest_of(group, model)
  local value = redis.call('HGET', beside('rests'), rest_field(group, model))
  if not value then
    return 0
  end
  local until_, cause = string.match(value, '^(%d+) (.+)$')
  return tonumber(until_), cause
end
