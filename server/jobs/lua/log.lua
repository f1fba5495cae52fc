-- log: adds a log line to a job's events. Safe to repeat: a token that came last is not added again.
-- KEYS
--   job events
-- ARGV
--   prefix id
--   token       of this call
--   data        JSON: level, message
local job = known_job()
local found = redis.call('HMGET', K.job, 'state', 'log_token')
if found[1] and found[2] ~= A.token then
  redis.call('HSET', K.job, 'log_token', A.token)
  add_event(job, 'log', A.data)
  announce(job)
end
