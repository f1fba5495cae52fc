-- list: reads a page of jobs, newest first; writes nothing. The time does not grow with the number of jobs.
-- KEYS
--   index               ids by submission time: all, or those in one state
-- ARGV
--   prefix
--   limit
--   score id            the last job of the page before; '' for the first page
-- Answers {1 if more follow else 0, score and id of the last job read, {id, record}, {id, record} …}.

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

-- The rank where the page starts: jobs of equal time stand in falling order of ids, and the last one read may be gone.
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
local found = redis.call('ZREVRANGE', K.index, rank, rank + A.limit, 'WITHSCORES')
local count = math.min(#found / 2, tonumber(A.limit))
local answer = { #found / 2 > count and 1 or 0, found[count * 2] or '', found[count * 2 - 1] or '' }
for index = 1, count do
  local id = found[index * 2 - 1]
  answer[#answer + 1] = { id, redis.call('HGETALL', A.prefix .. 'job:' .. id) }
end
return answer
