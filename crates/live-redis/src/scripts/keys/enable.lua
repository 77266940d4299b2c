-- ARGV: key, '1' to bring it back with its health restored, '0' to take it out
-- Answers 0 if the pool is missing.

local key = find_key(ARGV[1])
if not key then
  return redis.call('EXISTS', KEYS[1])
end
key.disabled = ARGV[2] ~= '1'
if not key.disabled then
  key.revoked, key.cooling = false, 0
end
save_key(key)
touch()
return 1
