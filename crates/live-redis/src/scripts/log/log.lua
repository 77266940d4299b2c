-- One log. KEYS[1] is a hash that says how far it has come, KEYS[2] the list of its entries: the one
-- at position p, counted from 0, has the number base + p + 1. Times are in microseconds.
--
-- phase      'held', 'parked', 'sealed' or 'concluded'; absent if it has not begun; of a held log
--            'restored' if its writer has to bring back what was lost, 'told' if it knows that
-- fence      the fence of the last opening
-- next       the lowest attempt that may be opened next
-- base, last the numbers before the first entry and of the last one
-- bytes      how many bytes the entries have together
-- terminal   how many entries, at the end, are terminal
-- reported   the last number that a parking attempt took into its report
-- claimed    the last number that, as a writer said, was in the log, if that is more than last
-- canceled   '1' if the user asked to stop
-- expiring   when the entries of an ended log go
-- Only while held: worker, until, the message and the wish it was opened by (not of a log that its
-- writer brought back), and goes_on if the queue took the job from a writer that goes on.
-- Left by a worker: note, and entries_after by one that parked.

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function has_ended(log)
  return log.phase == 'sealed' or log.phase == 'concluded'
end

-- The entries are gone: of an ended log the end is still known, any other is as good as lost.
local function forget_entries(log)
  if has_ended(log) then
    log.base, log.bytes, log.terminal, log.is_tombstone = log.last, 0, 0, true
  else
    log.claimed = math.max(log.claimed, log.last)
    log.phase, log.base, log.last, log.bytes, log.reported = 'blank', 0, 0, 0, 0
  end
end

local function load()
  local field = redis.call('HMGET', KEYS[1], 'phase', 'fence', 'next', 'base', 'last', 'terminal',
    'reported', 'claimed', 'canceled', 'expiring', 'bytes')
  local function number(at)
    return tonumber(field[at] or 0)
  end
  local is_recovering = field[1] == 'restored' or field[1] == 'told'
  local log = {
    phase = is_recovering and 'held' or field[1] or 'blank',
    fence = number(2),
    next = number(3),
    base = number(4),
    last = number(5),
    terminal = number(6),
    reported = number(7),
    claimed = number(8),
    recovery = is_recovering and field[1] or 'none',
    canceled = field[9] == '1',
    expiring = field[10] and number(10),
    bytes = number(11),
  }
  local is_expired = log.expiring and has_ended(log) and log.expiring <= now()
  if is_expired or redis.call('LLEN', KEYS[2]) ~= log.last - log.base then
    forget_entries(log)
  end
  return log
end

-- What the usual append asks for comes first: Redis looks through the fields of a small hash in order.
local function save(log)
  local is_recovering = log.phase == 'held' and log.recovery ~= 'none'
  redis.call('HSET', KEYS[1], 'phase', is_recovering and log.recovery or log.phase,
    'fence', log.fence, 'base', log.base, 'last', log.last, 'bytes', log.bytes,
    'canceled', log.canceled and '1' or '0', 'next', log.next, 'terminal', log.terminal,
    'reported', log.reported, 'claimed', log.claimed)
end

-- Up to `limit` entries numbered greater than `after`, behind the number of the first.
local function entries(log, after, limit)
  local skip = math.max(after - log.base, 0)
  local count = math.min(limit, log.last - log.base - skip)
  if count <= 0 then
    return { 0, {} }
  end
  return { log.base + skip + 1, redis.call('LRANGE', KEYS[2], skip, skip + count - 1) }
end

-- Begins anew: the next entry is the one after `number`.
local function begin_after(log, number)
  redis.call('DEL', KEYS[2])
  log.base, log.last, log.reported, log.terminal, log.bytes = number, number, number, 0, 0
end

-- Somebody still cares: nothing goes before `keep` milliseconds, unless its time was set.
local function touch(log, keep)
  if not log.expiring then
    redis.call('PEXPIRE', KEYS[1], keep)
    redis.call('PEXPIRE', KEYS[2], keep)
  end
end

-- From now on the log is that writer's.
local function hold(log, attempt, fence, worker, lease_end)
  log.phase, log.fence, log.next, log.recovery = 'held', fence, attempt + 1, 'none'
  save(log)
  redis.call('HDEL', KEYS[1], 'message', 'wish', 'goes_on')
  redis.call('HSET', KEYS[1], 'worker', worker, 'until', lease_end)
end

-- From now on nobody writes.
local function let_go()
  redis.call('HDEL', KEYS[1], 'worker', 'until', 'message', 'wish', 'goes_on')
end
