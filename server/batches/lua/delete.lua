-- delete: removes all of a batch; its calls that run are given up. Safe to repeat.
-- KEYS
--   batch secrets inputs waiting delayed attempts flying holding outputs
--   active ended callbacks by_time used
--   OPEN COMPLETE DONE CANCELLED
-- ARGV
--   prefix id
-- Answers 1; 0: there was none.
local there = redis.call('DEL', K.batch)
redis.call('DEL', K.secrets, K.inputs, K.waiting, K.delayed, K.attempts, K.flying, K.holding, K.outputs)
redis.call('SREM', K.active, A.id)
for _, index in ipairs({ K.ended, K.callbacks, K.by_time, K.used, K.OPEN, K.COMPLETE, K.DONE, K.CANCELLED }) do
  redis.call('ZREM', index, A.id)
end
redis.call('PUBLISH', A.prefix .. 'batches:changed', A.id)
return there
