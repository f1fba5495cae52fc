-- old: the batches that ended the longest time ago; writes nothing.
-- KEYS
--   ended
-- ARGV
--   keep_ms
--   limit
-- Answers their ids.
return redis.call('ZRANGEBYSCORE', K.ended, '-inf', whole(now - A.keep_ms), 'LIMIT', 0, A.limit)
