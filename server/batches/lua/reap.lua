-- reap: what dead dispatchers held of a batch waits again. Safe to repeat.
-- KEYS
--   batch waiting flying holding holders
-- ARGV
--   prefix id
-- Answers how many inputs wait again.
local flights = redis.call('HGETALL', K.flying)
local count = 0
local dead = {}
for index = 1, #flights, 2 do
  local key, holder = flights[index], flights[index + 1]
  if dead[holder] == nil then
    dead[holder] = tonumber(redis.call('ZSCORE', K.holders, holder) or 0) <= now
  end
  if dead[holder] then
    redis.call('HDEL', K.flying, key)
    redis.call('HDEL', K.holding, holder)
    redis.call('LPUSH', K.waiting, key)
    count = count + 1
  end
end
if count > 0 then
  tell(true)
end
return count
