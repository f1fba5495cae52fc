-- claim: leases the next job to a runner. Safe to repeat: a nonce that holds a job gets that job again.
-- Jobs whose retry fell due go to the head of their queues first.
-- KEYS
--   queued_high queued_normal queued_low     the queues
--   running leases claims                    who holds what: ids, id → end of lease, nonce → id
--   delayed                                  id → when its retry is due
--   fence                                    the latest fencing number
--   wake                                     the doorbell
--   QUEUED RUNNING                           ids by submission time
-- ARGV
--   prefix owner nonce
--   lease_ms
-- Answers {id, credentials, record}; nil when no job waits; 0: only litter was found so far, call again.

-- Of ten turns the levels get 6, 3 and 1. A level that is empty leaves its turn to the highest that is not.
local TURNS = { 'high', 'normal', 'high', 'high', 'normal', 'high', 'low', 'high', 'normal', 'high' }

local function promote()
  local due = redis.call('ZRANGEBYSCORE', K.delayed, '-inf', whole(now), 'LIMIT', 0, 100)
  for index = #due, 1, -1 do
    local job = job_at(due[index])
    redis.call('ZREM', K.delayed, job.id)
    if redis.call('HGET', job.key, 'state') == 'QUEUED' then
      redis.call('LPUSH', queue_of(job), job.id)
      ring()
    end
  end
end

local function take()
  local turn = (redis.call('GET', K.fence) or 0) % #TURNS + 1
  for _, level in ipairs({ TURNS[turn], 'high', 'normal', 'low' }) do
    local id = redis.call('LMOVE', K['queued_' .. level], K.running, 'LEFT', 'RIGHT')
    if id then
      return job_at(id)
    end
  end
end

local held = redis.call('HGET', K.claims, A.nonce)
if held then
  local job = job_at(held)
  local found = redis.call('HMGET', job.key, 'state', 'nonce')
  if found[1] == 'RUNNING' and found[2] == A.nonce then
    return claimed(job)
  end
  redis.call('HDEL', K.claims, A.nonce)
end

promote()
local job
for _ = 1, 100 do
  job = take()
  if not job then
    -- Nothing waits, so no ring can mean anything; runners would only wake for nothing.
    if redis.call('EXISTS', K.wake) == 1 then
      redis.call('DEL', K.wake)
    end
    return false
  end
  if redis.call('HGET', job.key, 'state') == 'QUEUED' then
    break
  end
  redis.call('LREM', K.running, -1, job.id)
  job = nil
end
if not job then
  return 0
end

local fence = redis.call('INCR', K.fence)
local attempt = redis.call('HINCRBY', job.key, 'attempts', 1)
redis.call('HSET', job.key, 'owner', A.owner, 'fence', fence, 'nonce', A.nonce, 'started_at', whole(now))
-- What the attempt before left in the record.
redis.call('HDEL', job.key, 'reason', 'not_before', 'progress', 'stages', 'rejects', 'result', 'released')
redis.call('ZADD', K.leases, whole(now + A.lease_ms), job.id)
redis.call('HSET', K.claims, A.nonce, job.id)
move(job, 'QUEUED', 'RUNNING', ',"attempt":' .. attempt .. ',"owner":' .. cjson.encode(A.owner))
return claimed(job)
