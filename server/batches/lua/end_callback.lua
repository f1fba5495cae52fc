-- end_callback: notes what a callback gave. Safe to repeat.
-- KEYS
--   batch callbacks
-- ARGV
--   prefix id
--   undone            how many ends had been undone when it was begun
--   outcome           delivered, failed; waiting: to be called again after
--   wait_ms
if redis.call('EXISTS', K.batch) == 0 then
  redis.call('ZREM', K.callbacks, A.id)
  return
end
-- A retry undid the end that it told of; the next end has a callback of its own.
if (redis.call('HGET', K.batch, 'undone') or '0') ~= A.undone then
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
