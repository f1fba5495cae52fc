-- misfiled: reads a part of an index and finds the jobs whose records tell otherwise; writes nothing.
-- KEYS
--   index                                            the one to read
--   by_time QUEUED RUNNING DONE FAILED CANCELLED     the others that its jobs must be in
-- ARGV
--   prefix
--   name             of the index: by_time, ended, or a state
--   start stop       ranks
-- Answers their ids.
local function is_right(id)
  local state = redis.call('HGET', A.prefix .. 'job:' .. id, 'state')
  if not state then
    return false
  end
  if A.name == 'by_time' then
    return redis.call('ZSCORE', K[state], id)
  end
  if A.name == 'ended' then
    return state ~= 'QUEUED' and state ~= 'RUNNING'
  end
  return state == A.name and redis.call('ZSCORE', K.by_time, id)
end

local answer = {}
for _, id in ipairs(redis.call('ZRANGE', K.index, A.start, A.stop)) do
  if not is_right(id) then
    answer[#answer + 1] = id
  end
end
return answer
