-- cancel: stops a job. QUEUED → CANCELLED at once; RUNNING → its runner is told. Safe to repeat.
-- KEYS
--   job events secrets
--   queued_high queued_normal queued_low delayed
--   QUEUED CANCELLED ended
-- ARGV
--   prefix id
-- Answers CANCELLED, REQUESTED, ENDED (over, or its output is being published) or MISSING.
local CALLS_KEPT = 1000
local CALLS_KEPT_SECONDS = 60

local job = known_job()
local seen = look(job)
if not seen.state then
  return 'MISSING'
end
if seen.state == 'CANCELLED' then
  return 'CANCELLED'
end
if seen.state == 'QUEUED' then
  if redis.call('ZREM', K.delayed, job.id) == 0 then
    -- Search from the nearer end: a million ids take some 17 ms to walk.
    local late = redis.call('ZRANK', K.QUEUED, job.id) * 2 > redis.call('ZCARD', K.QUEUED)
    redis.call('LREM', queue_of(job), late and -1 or 1, job.id)
  end
  finish_as(job, 'QUEUED', 'CANCELLED', CANCELLED_REASON)
  return 'CANCELLED'
end
if seen.state ~= 'RUNNING' or seen.committing then
  return 'ENDED'
end
if not seen.cancel then
  redis.call('HSET', job.key, 'cancel', '1')
  add_event(job, 'cancel', '{}')
  announce(job)
end
local calls = A.prefix .. 'runner:' .. redis.call('HGET', job.key, 'owner') .. ':calls'
redis.call('RPUSH', calls, job.id)
redis.call('LTRIM', calls, -CALLS_KEPT, -1)
redis.call('EXPIRE', calls, CALLS_KEPT_SECONDS)
return 'REQUESTED'
