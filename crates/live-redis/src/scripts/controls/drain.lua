-- KEYS: the set of drained workers
-- ARGV: the worker, 1 if it is to be drained, for how many milliseconds the set is kept

redis.call(ARGV[2] == '1' and 'SADD' or 'SREM', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
