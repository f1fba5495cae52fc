-- forget: removes all trace of jobs that ended long ago, the longest ended first. Safe to repeat.
-- KEYS
--   ended by_time QUEUED RUNNING DONE FAILED CANCELLED
-- ARGV
--   prefix
--   before_ms
--   limit
-- Answers the ids removed.
local answer = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', K.ended, '-inf', '(' .. A.before_ms, 'LIMIT', 0, A.limit)) do
  local job = job_at(id)
  local state = redis.call('HGET', job.key, 'state')
  redis.call('ZREM', K.ended, id)
  if state ~= 'QUEUED' and state ~= 'RUNNING' then -- a live job is never forgotten, whatever stands here
    redis.call('DEL', job.key, job.events, job.secrets)
    for _, index in ipairs({ K.by_time, K.QUEUED, K.RUNNING, K.DONE, K.FAILED, K.CANCELLED }) do
      redis.call('ZREM', index, id)
    end
    announce(job)
    answer[#answer + 1] = id
  end
end
return answer
