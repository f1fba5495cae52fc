-- unused: the open batches that nobody used for the longest time; writes nothing.
-- KEYS
--   used
-- ARGV
--   unused_ms
--   limit
-- Answers their ids.
return redis.call('ZRANGEBYSCORE', K.used, '-inf', whole(now - A.unused_ms), 'LIMIT', 0, A.limit)
