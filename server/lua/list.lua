-- list: reads a page of records, newest first; writes nothing. The time does not grow with the number of records.
-- KEYS
--   index               ids by the time of their making: all, or those in one state
-- ARGV
--   records             what the key of a record begins with, before its id
--   limit
--   tenant              whose records; '' for everybody's
--   name                only records of this name; '' for all
--   score id            the last record of the page before; '' for the first page
-- Answers {1 if more follow else 0, score and id of the last record read, {id, record}, {id, record} …}.

-- Where not all records count at most so many are looked at, so that a page may be short although more follow.
local LOOKED_AT = 1000

-- Byte order, as sorted sets have it; Lua's own `<` follows the server's locale.
local function before(left, right)
  for index = 1, math.min(#left, #right) do
    local difference = left:byte(index) - right:byte(index)
    if difference ~= 0 then
      return difference < 0
    end
  end
  return #left < #right
end

-- The rank where the page starts: records of equal time stand in falling order of ids, and the last one read may be gone.
local function first_rank()
  local low = redis.call('ZCOUNT', K.index, '(' .. A.score, '+inf')
  local high = low + redis.call('ZCOUNT', K.index, A.score, A.score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(redis.call('ZREVRANGE', K.index, middle, middle)[1], A.id) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local rank = A.id == '' and 0 or first_rank()
local limit = tonumber(A.limit)
local looked = A.tenant == '' and A.name == '' and limit or math.max(limit, LOOKED_AT)
local found = redis.call('ZREVRANGE', K.index, rank, rank + looked, 'WITHSCORES')
local answer = { 0, '', '' }
local read = 0
while read < math.min(#found / 2, looked) and #answer - 3 < limit do
  read = read + 1
  local id = found[read * 2 - 1]
  local key = A.records .. id
  local is_theirs = A.tenant == '' or (redis.call('HGET', key, 'tenant') or 'default') == A.tenant
  if is_theirs and (A.name == '' or redis.call('HGET', key, 'name') == A.name) then
    answer[#answer + 1] = { id, redis.call('HGETALL', key) }
  end
end
answer[1] = #found / 2 > read and 1 or 0
answer[2] = found[read * 2] or ''
answer[3] = found[read * 2 - 1] or ''
return answer
