-- read: the record of a batch and how far it is.
-- KEYS
--   batch waiting delayed flying used
-- ARGV
--   prefix id
--   is_used           1: for somebody who is interested in it
-- Answers {inputs waiting, retrying, in flight, {field, value, …}}; nil: no such batch.
local record = redis.call('HGETALL', K.batch)
if #record == 0 then
  return false
end
if A.is_used == '1' then
  use(redis.call('HGET', K.batch, 'state'))
end
return { redis.call('LLEN', K.waiting), redis.call('ZCARD', K.delayed), redis.call('HLEN', K.flying), record }
