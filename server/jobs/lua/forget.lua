-- forget: removes all trace of jobs that ended long ago, oldest first. Safe to repeat.
-- KEYS
--   ended by_time QUEUED RUNNING DONE FAILED CANCELLED
-- ARGV
--   prefix
--   before_ms
--   limit
-- Answers the ids removed.
local ids = redis.call('ZRANGEBYSCORE', K.ended, '-inf', '(' .. A.before_ms, 'LIMIT', 0, A.limit)
for _, id in ipairs(ids) do
  local job = job_at(id)
  redis.call('DEL', job.key, job.events, job.secrets)
  for _, index in ipairs({ K.ended, K.by_time, K.QUEUED, K.RUNNING, K.DONE, K.FAILED, K.CANCELLED }) do
    redis.call('ZREM', index, id)
  end
  announce(job)
end
return ids
