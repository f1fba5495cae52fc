-- reap: takes jobs from runners that let their leases run out, at most 100 a call. Safe to repeat: the same
-- nonce gets the same takeovers again.
-- KEYS
--   queued_high queued_normal queued_low wake
--   running leases claims fence
--   server                     hash: the server's run id, and since when (ms) this project knows it
--   QUEUED RUNNING FAILED CANCELLED ended
-- ARGV
--   prefix owner nonce
--   lease_ms
--   max_crashes
--   run_id uptime_ms           of the Redis server
-- Answers {requeued ids, failed ids, cancelled ids, takeovers}; a takeover is {id, credentials, record}.

-- While Redis was away no runner could beat: after a restart every lease gets its full length once more.
local known = redis.call('HMGET', K.server, 'run_id', 'since')
if known[1] ~= A.run_id then
  local fresh = not known[1] and tonumber(A.uptime_ms) >= tonumber(A.lease_ms)
  known[2] = fresh and 0 or now
  redis.call('HSET', K.server, 'run_id', A.run_id, 'since', whole(known[2]))
end
local answer = { {}, {}, {}, {} }
if now - known[2] < tonumber(A.lease_ms) then
  return answer
end

local requeued, failed, cancelled, takeovers = unpack(answer)

local function nonce_of(index)
  return A.nonce .. ':' .. index
end

local function take_over(job, old_nonce)
  local nonce = nonce_of(#takeovers + 1)
  local fence = redis.call('INCR', K.fence)
  redis.call('HDEL', K.claims, old_nonce)
  redis.call('HSET', K.claims, nonce, job.id)
  redis.call('HSET', job.key, 'owner', A.owner, 'fence', fence, 'nonce', nonce)
  redis.call('ZADD', K.leases, whole(now + A.lease_ms), job.id)
  add_event(job, 'attempt', '{"takeover":true,"owner":' .. cjson.encode(A.owner) .. '}')
  announce(job)
  takeovers[#takeovers + 1] = claimed(job)
end

local function lost_reason(crashes)
  local times = crashes == 1 and 'once' or crashes .. ' times'
  return '{"code":"runner_lost","detail":"the runner died or fell silent ' .. times .. ' while it worked on the job"}'
end

local function reap(job)
  local seen = look(job)
  if seen.state ~= 'RUNNING' then
    redis.call('ZREM', K.leases, job.id)
    redis.call('LREM', K.running, 0, job.id)
    return
  end
  local crashes = redis.call('HINCRBY', job.key, 'crashes', 1)
  if seen.committing then
    return take_over(job, seen.nonce)
  end
  release(job, seen.nonce, 'reaped')
  if seen.cancel then
    finish_as(job, 'RUNNING', 'CANCELLED', CANCELLED_REASON)
    cancelled[#cancelled + 1] = job.id
  elseif crashes >= tonumber(A.max_crashes) then
    finish_as(job, 'RUNNING', 'FAILED', lost_reason(crashes))
    failed[#failed + 1] = job.id
  else
    redis.call('HSET', job.key, 'reason', lost_reason(crashes))
    requeue(job, ',"reason":' .. lost_reason(crashes))
    requeued[#requeued + 1] = job.id
  end
end

-- Takeovers that an earlier try of this very call made.
while true do
  local id = redis.call('HGET', K.claims, nonce_of(#takeovers + 1))
  if not id then
    break
  end
  takeovers[#takeovers + 1] = claimed(job_at(id))
end
local expired = redis.call('ZRANGEBYSCORE', K.leases, '-inf', whole(now), 'LIMIT', 0, 100)
-- From the last to the first, so that the first to expire comes to stand at the very head.
for index = #expired, 1, -1 do
  reap(job_at(expired[index]))
end
return answer
