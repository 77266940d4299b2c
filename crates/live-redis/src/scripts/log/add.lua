-- So many arguments a command takes safely: the stack of Lua is small.
local CHUNK = 1000

-- How many bytes the arguments from `at` on have.
local function size(at)
  local bytes = 0
  for i = at, #ARGV do
    bytes = bytes + #ARGV[i]
  end
  return bytes
end

-- Adds the arguments from `at` on; a list that begins with them is kept for `keep` milliseconds.
local function add(log, at, keep)
  local count = #ARGV - at + 1
  if count <= 0 then
    return
  end
  for from = at, #ARGV, CHUNK do
    redis.call('RPUSH', KEYS[2], unpack(ARGV, from, math.min(from + CHUNK - 1, #ARGV)))
  end
  if log.last == log.base then
    redis.call('PEXPIRE', KEYS[2], log.expiring and redis.call('PTTL', KEYS[1]) or keep)
  end
  log.last, log.bytes = log.last + count, log.bytes + size(at)
end

-- Tells followers the arguments from `at` on, the first of them numbered `number`. The first line says
-- 'more', or 'end' if nothing follows, then that number, and the length of each.
local function tell(channel, kind, number, at)
  local lengths = {}
  for i = at, #ARGV do
    lengths[#lengths + 1] = #ARGV[i]
  end
  local head = string.format('%s %.0f %s\n', kind, number, table.concat(lengths, ' '))
  redis.call('PUBLISH', channel, head .. table.concat(ARGV, '', at))
end
