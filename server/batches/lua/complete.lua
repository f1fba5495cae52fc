-- complete: no more inputs will come. Safe to repeat.
-- KEYS
--   batch active ended callbacks
--   OPEN COMPLETE DONE
-- ARGV
--   prefix id
-- Answers the state; nil: no such batch.
local state = redis.call('HGET', K.batch, 'state')
if state == 'OPEN' then
  redis.call('HSET', K.batch, 'completed_at', whole(now))
  move('OPEN', 'COMPLETE')
  finish_if_done()
end
return redis.call('HGET', K.batch, 'state')
