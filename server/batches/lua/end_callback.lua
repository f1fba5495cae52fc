-- end_callback: notes what a callback gave. Safe to repeat.
-- KEYS
--   batch callbacks
-- ARGV
--   prefix id
--   outcome           delivered, failed; waiting: to be called again after
--   wait_ms
if redis.call('EXISTS', K.batch) == 0 then
  redis.call('ZREM', K.callbacks, A.id)
  return
end
if A.outcome == 'waiting' then
  redis.call('ZADD', K.callbacks, 'XX', whole(now + A.wait_ms), A.id)
  return
end
redis.call('ZREM', K.callbacks, A.id)
redis.call('HSET', K.batch, 'callback', A.outcome)
redis.call('HDEL', K.batch, 'callback_attempts')
tell(true)
