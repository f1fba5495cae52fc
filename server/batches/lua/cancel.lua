-- cancel: ends a batch at once; the outputs that are there stay. Safe to repeat.
-- KEYS
--   batch inputs waiting delayed attempts flying holding
--   active ended callbacks used
--   OPEN COMPLETE CANCELLED
-- ARGV
--   prefix id
-- Answers {the state before, the state}; nil: no such batch.
local state = redis.call('HGET', K.batch, 'state')
if state == 'OPEN' or state == 'COMPLETE' then
  redis.call('DEL', K.inputs, K.waiting, K.delayed, K.attempts, K.flying, K.holding)
  redis.call('HSET', K.batch, 'finished_at', whole(now), 'held_bytes', 0)
  redis.call('HDEL', K.batch, 'full', 'bad', 'suspended_until', 'cooldown_ms', 'broken_at', 'looked_at',
    'retry_before', 'retry_until')
  redis.call('SREM', K.active, A.id)
  redis.call('ZREM', K.used, A.id)
  redis.call('ZADD', K.ended, now, A.id)
  if redis.call('HGET', K.batch, 'callback') then
    redis.call('HSET', K.batch, 'callback', 'waiting')
    redis.call('ZADD', K.callbacks, now, A.id)
    redis.call('PUBLISH', A.prefix .. 'batches:changed', 'active')
  end
  move(state, 'CANCELLED')
end
return state and { state, redis.call('HGET', K.batch, 'state') }
