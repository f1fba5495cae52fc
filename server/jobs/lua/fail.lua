-- fail: the attempt failed. Retryable with attempts left → delayed, else FAILED. Safe to repeat.
-- KEYS
--   job events secrets
--   running leases claims delayed wake
--   QUEUED RUNNING FAILED ended
-- ARGV
--   prefix id fence nonce
--   reason                            JSON
--   code                              the reason's code
--   retryable                         1 or 0
--   jitter                            0 to 1
--   kept                              1: the attempt's folder stays, with its rejects; else 0
--   progress stages rejects result    the outcome, JSON, '' leaves what was known
-- Answers FAILED, DELAYED or LOST.

-- What may still fail a job that decided to publish: its caller has undone the publication.
local UNPUBLISHED = { destination_exists = true, storage_failed = true, disk_full = true }
local FIRST_DELAY_MS = 2000
local LONGEST_DELAY_MS = 300000

local job = known_job()
local seen = look(job)
if not seen.mine then
  return 'LOST'
end
if seen.state ~= 'RUNNING' then
  if seen.released == 'failed' then
    return 'FAILED'
  end
  return seen.released == 'delayed' and 'DELAYED' or 'LOST'
end
if seen.committing and not UNPUBLISHED[A.code] then
  return 'LOST'
end

keep_outcome(job)
local failures = redis.call('HINCRBY', job.key, 'failures', 1)
local most = tonumber(redis.call('HGET', job.key, 'max_attempts') or 1)
-- A job that decided to publish is not run again: that decision never goes back.
if A.retryable == '1' and failures < most and not seen.cancel and not seen.committing then
  local delay = math.min(FIRST_DELAY_MS * 2 ^ (failures - 1), LONGEST_DELAY_MS)
  local due = math.floor(now + delay * (1 + A.jitter / 4))
  release(job, A.nonce, 'delayed')
  redis.call('HSET', job.key, 'reason', A.reason, 'not_before', whole(due))
  redis.call('ZADD', K.delayed, whole(due), job.id)
  move(job, 'RUNNING', 'QUEUED', ',"reason":' .. A.reason .. ',"not_before":' .. whole(due))
  ring() -- a runner that waits looks anew when the next retry is due
  return 'DELAYED'
end
if A.kept == '1' then
  redis.call('HSET', job.key, 'attempt', A.fence .. '-' .. A.nonce)
else
  redis.call('HDEL', job.key, 'attempt') -- of a publication that was undone
end
release(job, A.nonce, 'failed')
finish_as(job, 'RUNNING', 'FAILED', A.reason)
return 'FAILED'
