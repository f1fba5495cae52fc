-- read: the record of a batch and how far it is; writes nothing.
-- KEYS
--   batch waiting delayed flying
-- ARGV
--   prefix id
-- Answers {inputs waiting, retrying, in flight, {field, value, …}}; nil: no such batch.
local record = redis.call('HGETALL', K.batch)
if #record == 0 then
  return false
end
return { redis.call('LLEN', K.waiting), redis.call('ZCARD', K.delayed), redis.call('HLEN', K.flying), record }
