-- leave: forgets dispatchers that hold nothing any more: those whose time is over, and one that ends. Safe to repeat.
-- KEYS
--   holders slots
-- ARGV
--   prefix holder     '' for none
--   slot
--   before            those whose time was over at this time, milliseconds
if A.holder ~= '' then
  redis.call('ZREM', K.holders, A.holder)
  if redis.call('HGET', K.slots, A.slot) == A.holder then
    redis.call('HDEL', K.slots, A.slot)
  end
end
redis.call('ZREMRANGEBYSCORE', K.holders, '-inf', A.before)
