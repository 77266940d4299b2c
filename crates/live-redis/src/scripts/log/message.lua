-- Tells followers the arguments from `at` on, the first of them numbered `number`. `kind` is 'more', or
-- 'end' if nothing follows. They are told what to expect in the first line: their number and lengths.
local function tell(kind, number, at)
  local lengths = {}
  for i = at, #ARGV do
    lengths[#lengths + 1] = #ARGV[i]
  end
  local head = string.format('%s %.0f %s\n', kind, number, table.concat(lengths, ' '))
  redis.call('PUBLISH', channel, head .. table.concat(ARGV, '', at))
end
