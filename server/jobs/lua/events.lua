-- events: reads a job's events in order; writes nothing.
-- KEYS
--   job events
-- ARGV
--   after       number of the last event known, 0 for none
--   limit
-- Answers '<number> <ms> <kind> <JSON>' for each.
local submitted = redis.call('HGET', K.job, 'submitted')
if not submitted then
  return {}
end
local answer = {}
local after = tonumber(A.after)
if after < 1 then
  answer[1] = '1 ' .. whole(math.floor(submitted / 1000)) .. ' state {"state":"QUEUED"}'
end
local first = redis.call('LINDEX', K.events, 0)
if first then
  local start = math.max(0, after + 1 - tonumber(string.match(first, '^%d+')))
  local found = redis.call('LRANGE', K.events, start, start + A.limit - #answer - 1)
  for _, event in ipairs(found) do
    answer[#answer + 1] = event
  end
end
return answer
