-- ARGV: the wish, for how many milliseconds it is kept

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
