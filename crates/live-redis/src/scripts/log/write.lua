-- What a writer may do, and does.
-- ARGV: attempt, fence, first_seq, lease, keep, how many bytes the log may have, more of each script's
-- own, events

local attempt, fence, first_seq = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local lease, keep, most = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
-- Its name is that of the state without the ending.
local channel = KEYS[1]:sub(1, -7)

-- Whether this writer opened the log after whoever has it as far as it remembers. Fences grow, unless another server
-- with a slower clock took over; attempts never fall.
local function is_later(log)
  return fence > log.fence and attempt >= log.next - 1
end

-- The log as this writer knows it, lost or behind: nobody has opened it since.
local function restore(log)
  if log.phase == 'blank' then
    begin_after(log, 0)
  end
  hold(log, attempt, fence, 'unknown', now() + lease)
  log.recovery, log.is_changed = 'restored', true
end

-- The last number that was in the log, by what its writer brings now. In a restored log even these
-- events may be a second try.
local function claim(log, count)
  local before = first_seq - 1
  if log.recovery ~= 'none' then
    before = before + count
  end
  if before > math.max(log.last, log.claimed) then
    log.claimed, log.is_changed = before, true
  end
end

-- What the writer may do: 'writing', 'canceled' (only seal), or nothing: 'parked' and 'sealed' (it has
-- done that before), 'fenced'. Believes it what it has written before.
local function standing(log, count)
  local is_held = log.phase == 'held' or log.phase == 'parked'
  if (log.phase == 'blank' and fence == log.fence) or ((log.phase == 'blank' or is_held) and is_later(log)) then
    restore(log)
  end
  if fence ~= log.fence then
    return 'fenced'
  end
  if log.phase == 'parked' or log.phase == 'sealed' then
    return log.phase
  end
  if log.phase == 'concluded' then
    return redis.call('HEXISTS', KEYS[1], 'note') == 1 and 'sealed' or 'fenced'
  end
  claim(log, count)
  return log.canceled and 'canceled' or 'writing'
end

-- Adds the arguments from `at` on that are not there yet. Answers the first of them that was not, or
-- nothing and why: 'lost' if the log ends too early, 'full' if it has no room and this is not its end.
--
-- The writer of a restored log is told first that all is lost. What it brings then may begin anywhere
-- (if it begins the log at all): it has nothing older.
local function write(log, at, begins, is_end)
  if first_seq > log.last + 1 then
    if log.recovery ~= 'told' or not begins then
      if log.recovery == 'restored' then
        log.recovery, log.is_changed = 'told', true
      end
      return nil, 'lost'
    end
    begin_after(log, first_seq - 1)
    log.is_changed = true
  end
  if log.recovery ~= 'none' then
    log.recovery, log.is_changed = 'none', true
  end
  local fresh = at + log.last + 1 - first_seq
  if not is_end and fresh <= #ARGV and log.bytes + size(fresh) > most then
    return nil, 'full'
  end
  add(log, fresh, keep)
  return fresh
end

-- Renews the lease, and keeps what has changed.
local function renew(log)
  redis.call('HSET', KEYS[1], 'until', now() + lease, 'last', log.last, 'bytes', log.bytes)
  if log.is_changed then
    save(log)
    touch(log, keep)
  end
end
