-- complete: no more inputs will come. Safe to repeat.
-- KEYS
--   batch active ended callbacks used
--   OPEN COMPLETE DONE
-- ARGV
--   prefix id
--   unused_ms         only when nobody used it for so long; 0: in any case
-- Answers the state; nil: no such batch.
local state = redis.call('HGET', K.batch, 'state')
local used = tonumber(redis.call('ZSCORE', K.used, A.id) or 0)
if state == 'OPEN' and now - used >= tonumber(A.unused_ms) then
  redis.call('ZREM', K.used, A.id)
  redis.call('HSET', K.batch, 'completed_at', whole(now))
  move('OPEN', 'COMPLETE')
  finish_if_done()
end
return redis.call('HGET', K.batch, 'state')
