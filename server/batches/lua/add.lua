-- add: takes inputs, as many as there is room for. Safe to repeat: an input that is there already, with the same
-- value, counts as taken.
-- KEYS
--   batch inputs waiting delayed flying outputs active used
-- ARGV
--   prefix id
--   moves             of the batch, when the caller looked for the keys on the disk
--   all               1: all inputs or none
--   most_bytes        of inputs that have no output
--   …                 the inputs: key, value, key, value …
-- Answers {OK, how many of them were taken, the keys that have another value already …}: where there are such keys
-- nothing is taken; {CLOSED, state};
-- {MOVED}: outputs went to the disk meanwhile, look again; {FULL}: there is no room for all; nil: no such batch.
local found = redis.call('HMGET', K.batch, 'state', 'moves', 'maxsize', 'held_bytes')
if not found[1] then
  return false
end
if (found[2] or '0') ~= A.moves then
  return { 'MOVED' }
end
use(found[1])

local new, taken = {}, {}
local answer = { 'OK', 0 }
local seen = 0
local bytes = tonumber(found[4] or 0)
local room = tonumber(found[3]) - waiting()
for index = REST, #ARGV, 2 do
  local key, value = ARGV[index], ARGV[index + 1]
  local held = redis.call('HGET', K.inputs, key)
  local kept = not held and redis.call('HGET', K.outputs, key)
  if held or kept then
    local same = held and held == value or kept and string.match(kept, '^%d+ (%x+)') == redis.sha1hex(value)
    if not same then
      answer[#answer + 1] = key
    end
  elseif found[1] ~= 'OPEN' then
    return { 'CLOSED', found[1] }
  else
    -- An input that is larger than all the room there may be is taken when nothing else waits.
    if #new >= room or (bytes + #key + #value > tonumber(A.most_bytes) and bytes > 0) then
      break
    end
    bytes = bytes + #key + #value
    new[#new + 1] = key
    taken[#taken + 1] = value
  end
  seen = seen + 1
end

if #answer > 2 then
  return answer
end
local is_all = REST + 2 * seen > #ARGV
if not is_all and found[1] == 'OPEN' then
  redis.call('HSET', K.batch, 'full', A.most_bytes)
end
if not is_all and A.all == '1' then
  return { 'FULL' }
end
for index, key in ipairs(new) do
  redis.call('HSET', K.inputs, key, taken[index])
  redis.call('RPUSH', K.waiting, key)
end
if #new > 0 then
  redis.call('HINCRBY', K.batch, 'inputs', #new)
  redis.call('HSET', K.batch, 'held_bytes', whole(bytes))
  activate()
  tell(true)
end
answer[2] = seen
return answer
