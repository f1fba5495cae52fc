-- returned: takes back the inputs of a dispatcher but for some. Safe to repeat.
-- KEYS
--   batch waiting flying holding
-- ARGV
--   prefix id holder
--   …                 the keys that it goes on to hold
-- Answers how many were taken back.
local kept = {}
for index = REST, #ARGV do
  kept[ARGV[index]] = true
end
local flights = redis.call('HGETALL', K.flying)
local count = 0
for index = 1, #flights, 2 do
  if flights[index + 1] == A.holder and not kept[flights[index]] then
    redis.call('HDEL', K.flying, flights[index])
    redis.call('HINCRBY', K.holding, A.holder, -1)
    redis.call('LPUSH', K.waiting, flights[index])
    count = count + 1
  end
end
if count > 0 then
  tell(true)
end
return count
