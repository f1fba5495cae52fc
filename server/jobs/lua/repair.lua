-- repair: puts one job into the place that its record tells, and nowhere else. Safe to repeat; a job that is
-- in order is left alone. It walks the queues: call it only for jobs that look wrong.
-- KEYS
--   job events secrets
--   queued_high queued_normal queued_low delayed wake
--   running leases claims
--   by_time QUEUED RUNNING DONE FAILED CANCELLED ended
-- ARGV
--   prefix id
--   nonce           that may be of no claim any more; '' for none
--   lease_ms        of a lease that is missing
-- Answers what was wrong, a sentence each.
local STATES = { 'QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED' }
local job = known_job()
local state = redis.call('HGET', K.job, 'state')
local repaired = {}

local function report(what)
  repaired[#repaired + 1] = job.id .. ': ' .. what
end

-- Takes the job out of lists and sorted sets where it has no place.
local function leave(places)
  for _, place in ipairs(places) do
    local kind = redis.call('TYPE', K[place]).ok
    local removed = kind == 'list' and redis.call('LREM', K[place], 0, job.id)
      or kind == 'zset' and redis.call('ZREM', K[place], job.id)
      or 0
    if removed > 0 then
      report((state or 'no record') .. ', but in ' .. place .. '; taken out')
    end
  end
end

local function check_queued()
  leave({ 'running', 'leases' })
  local delayed = redis.call('ZSCORE', K.delayed, job.id)
  local queued = 0
  for _, level in ipairs({ 'queued_high', 'queued_normal', 'queued_low' }) do
    queued = queued + #redis.call('LPOS', K[level], job.id, 'COUNT', 0)
  end
  if queued == 1 and not delayed or queued == 0 and delayed then
    return
  end
  if delayed and tonumber(delayed) > now then
    return leave({ 'queued_high', 'queued_normal', 'queued_low' })
  end
  report(queued == 0 and 'QUEUED, but in no queue; put at the head' or 'QUEUED, but in several places; kept in one')
  redis.call('ZREM', K.delayed, job.id)
  for _, level in ipairs({ 'queued_high', 'queued_normal', 'queued_low' }) do
    redis.call('LREM', K[level], 0, job.id)
  end
  redis.call('LPUSH', queue_of(job), job.id)
  ring()
end

local function check_running()
  leave({ 'queued_high', 'queued_normal', 'queued_low', 'delayed' })
  local count = #redis.call('LPOS', K.running, job.id, 'COUNT', 0)
  if count ~= 1 then
    report('RUNNING, but ' .. count .. ' times in running; now once')
    redis.call('LREM', K.running, 0, job.id)
    redis.call('RPUSH', K.running, job.id)
  end
  if not redis.call('ZSCORE', K.leases, job.id) then
    report('RUNNING without a lease; given one')
    redis.call('ZADD', K.leases, whole(now + A.lease_ms), job.id)
  end
  local nonce = redis.call('HGET', K.job, 'nonce')
  if redis.call('HGET', K.claims, nonce) ~= job.id then
    report('RUNNING, but its nonce was not known; noted')
    redis.call('HSET', K.claims, nonce, job.id)
  end
end

local function check_ended()
  leave({ 'queued_high', 'queued_normal', 'queued_low', 'delayed', 'running', 'leases' })
  if redis.call('DEL', K.secrets) == 1 then
    report(state .. ', but its credentials were kept; deleted')
  end
  if not redis.call('ZSCORE', K.ended, job.id) then
    report(state .. ', but not in ended; added')
    redis.call('ZADD', K.ended, redis.call('HGET', K.job, 'finished_at') or now, job.id)
  end
end

local function check_indexes()
  local submitted = redis.call('HGET', K.job, 'submitted')
  for _, index in ipairs({ 'by_time', state }) do
    if not redis.call('ZSCORE', K[index], job.id) then
      report(state .. ', but not in the index ' .. index .. '; added')
      redis.call('ZADD', K[index], submitted, job.id)
    end
  end
  local others = {}
  for _, other in ipairs(STATES) do
    if other ~= state then
      others[#others + 1] = other
    end
  end
  if state == 'QUEUED' or state == 'RUNNING' then
    others[#others + 1] = 'ended'
  end
  leave(others)
end

-- What `claim` remembers of a claim that is over.
if A.nonce ~= '' and redis.call('HGET', K.claims, A.nonce) == job.id then
  if state ~= 'RUNNING' or redis.call('HGET', K.job, 'nonce') ~= A.nonce then
    redis.call('HDEL', K.claims, A.nonce)
    report((state or 'no record') .. ', but a claim that is over was kept; removed')
  end
end
if not state then
  leave({ 'queued_high', 'queued_normal', 'queued_low', 'delayed', 'running', 'leases', 'by_time', 'ended' })
  leave(STATES)
  redis.call('DEL', K.job, K.events, K.secrets)
  return repaired
end
if state == 'QUEUED' then
  check_queued()
elseif state == 'RUNNING' then
  check_running()
else
  check_ended()
end
check_indexes()
if #repaired > 0 then
  announce(job)
end
return repaired
