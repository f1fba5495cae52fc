-- requeue: puts failed inputs back, as many as there is room for, for a retry that is under way; the last of them ends
-- the retry. Safe to repeat.
-- KEYS
--   batch inputs waiting delayed flying outputs active ended callbacks
--   COMPLETE DONE
-- ARGV
--   prefix id
--   before            of the retry: it puts back what failed with smaller numbers
--   moves             of the batch, when the caller read the outputs on the disk
--   is_last           1: on the disk are no others to put back
--   most_bytes        of inputs that have no output
--   …                 the inputs: key, value, key, value …; their outputs are on the disk
-- Answers how many of them were dealt with; nil: no such batch; -1: it is cancelled; -2: outputs went to the disk
-- meanwhile, newer ones of the same inputs perhaps, or the retry is over: look again.
local found = redis.call('HMGET', K.batch, 'state', 'maxsize', 'moves', 'held_bytes', 'retry_before')
if not found[1] then
  return false
end
if found[1] == 'CANCELLED' then
  return -1
end
if (found[3] or '0') ~= A.moves or found[5] ~= A.before then
  return -2
end
local room = tonumber(found[2]) - waiting()
local bytes = tonumber(found[4] or 0)
local count, seen = 0, 0
for index = REST, #ARGV, 2 do
  local key, value = ARGV[index], ARGV[index + 1]
  local is_there = redis.call('HEXISTS', K.inputs, key) == 1 or redis.call('HEXISTS', K.outputs, key) == 1
  if not is_there then
    -- One that is larger than all the room there may be is taken when nothing else waits.
    if count >= room or (bytes + #key + #value > tonumber(A.most_bytes) and bytes > 0) then
      break
    end
    bytes = bytes + #key + #value
    count = count + 1
    redis.call('HSET', K.inputs, key, value)
    redis.call('RPUSH', K.waiting, key)
    redis.call('HINCRBY', K.batch, 'held_bytes', #key + #value)
  end
  seen = seen + 1
end
if count > 0 then
  redis.call('HINCRBY', K.batch, 'outputs', -count)
  redis.call('HINCRBY', K.batch, 'failed', -count)
  activate()
  tell(true)
end
if REST + 2 * seen <= #ARGV then
  redis.call('HSET', K.batch, 'full', A.most_bytes)
elseif A.is_last == '1' then
  redis.call('HDEL', K.batch, 'retry_before', 'retry_until')
  finish_if_done()
  return seen
end
redis.call('HSET', K.batch, 'retry_until', whole(now + RETRY_LEASE_MS))
return seen
