-- prelude: opens every script of jobs, after the prelude that all nouns share. Times are `now`, in milliseconds;
-- `micros` orders jobs submitted within one millisecond.

local EVENTS_KEPT = 1000
local RINGS_KEPT = 256

-- The keys of a job that no one could name beforehand.
local function job_at(id)
  local key = A.prefix .. 'job:' .. id
  return { id = id, key = key, events = key .. ':events', secrets = key .. ':secrets' }
end

local function queue_of(job)
  return K['queued_' .. (redis.call('HGET', job.key, 'priority') or 'normal')]
end

-- Wakes whoever waits for this job to change.
local function announce(job)
  redis.call('PUBLISH', A.prefix .. 'changed', job.id)
end

-- Wakes one runner. The doorbell is lossy: rings over the cap say nothing new.
local function ring()
  if redis.call('RPUSH', K.wake, '1') > RINGS_KEPT then
    redis.call('LTRIM', K.wake, -RINGS_KEPT, -1)
  end
end

-- Adds an event: '<number> <ms> <kind> <JSON>'. Number 1 is the submission, which the record itself tells.
local function add_event(job, kind, data)
  local number = redis.call('HINCRBY', job.key, 'events', 1) + 1
  redis.call('RPUSH', job.events, number .. ' ' .. whole(now) .. ' ' .. kind .. ' ' .. data)
  if number > EVENTS_KEPT then
    redis.call('LTRIM', job.events, -EVENTS_KEPT, -1)
  end
end

-- Moves a job from state to state; `more` is JSON members to add to the event, each after a comma.
local function move(job, from, to, more)
  redis.call('HSET', job.key, 'state', to)
  redis.call('ZREM', K[from], job.id)
  redis.call('ZADD', K[to], redis.call('HGET', job.key, 'submitted'), job.id)
  add_event(job, 'state', '{"state":"' .. to .. '"' .. (more or '') .. '}')
  announce(job)
end

-- What decides an operation of a runner; `mine`: the caller's claim is the job's latest.
local function look(job)
  local found = redis.call('HMGET', job.key, 'state', 'phase', 'cancel', 'fence', 'nonce', 'released', 'digest')
  return {
    state = found[1],
    committing = found[2] == 'committing',
    cancel = found[3] == '1',
    mine = found[4] == A.fence and found[5] == A.nonce,
    nonce = found[5],
    released = found[6],
    digest = found[7],
  }
end

-- Takes a job from its runner.
local function release(job, nonce, how)
  redis.call('LREM', K.running, 1, job.id)
  redis.call('ZREM', K.leases, job.id)
  if nonce then
    redis.call('HDEL', K.claims, nonce)
  end
  redis.call('HSET', job.key, 'released', how)
end

-- RUNNING → QUEUED, at the head of its queue.
local function requeue(job, more)
  move(job, 'RUNNING', 'QUEUED', more)
  redis.call('LPUSH', queue_of(job), job.id)
  ring()
end

-- QUEUED or RUNNING → an end. The credentials go with it. `reason` is JSON, or nil.
local function finish_as(job, from, to, reason)
  redis.call('HSET', job.key, 'finished_at', whole(now))
  redis.call('HDEL', job.key, 'phase', 'not_before')
  if reason then
    redis.call('HSET', job.key, 'reason', reason)
  end
  redis.call('DEL', job.secrets)
  redis.call('ZADD', K.ended, now, job.id)
  move(job, from, to, reason and (',"reason":' .. reason))
end

local CANCELLED_REASON = '{"code":"cancelled","detail":"cancelled on request"}'

-- Keeps the progress in A.progress and A.stages ('' is none), with an event for each step that moved on.
local function keep_progress(job)
  local old = redis.call('HMGET', job.key, 'progress', 'stages')
  if A.progress ~= '' and A.progress ~= old[1] then
    local before = old[1] and cjson.decode(old[1]) or {}
    for index, step in ipairs(cjson.decode(A.progress)) do
      if step.state ~= (before[index] and before[index].state or 'PENDING') then
        step.index = index - 1
        add_event(job, 'step', cjson.encode(step))
      end
    end
    redis.call('HSET', job.key, 'progress', A.progress)
  end
  if A.stages ~= '' and A.stages ~= old[2] then
    redis.call('HSET', job.key, 'stages', A.stages)
  end
  return (A.progress ~= '' and A.progress ~= old[1]) or (A.stages ~= '' and A.stages ~= old[2])
end

-- Keeps the outcome in A.progress, A.stages, A.rejects and A.result; '' leaves what was known.
local function keep_outcome(job)
  keep_progress(job)
  if A.rejects ~= '' then
    redis.call('HSET', job.key, 'rejects', A.rejects)
  end
  if A.result ~= '' then
    redis.call('HSET', job.key, 'result', A.result)
  end
end

-- The decision to publish. OK, CANCEL or LOST.
local function prepare(job)
  local seen = look(job)
  if not seen.mine then
    return 'LOST'
  end
  if seen.state == 'DONE' or (seen.state == 'RUNNING' and seen.committing) then
    return seen.digest == A.digest and 'OK' or 'LOST'
  end
  if seen.state ~= 'RUNNING' then
    return 'LOST'
  end
  if seen.cancel then
    return 'CANCEL'
  end
  redis.call('HSET', job.key, 'phase', 'committing', 'digest', A.digest, 'attempt', A.fence .. '-' .. A.nonce)
  keep_outcome(job)
  return 'OK'
end

-- RUNNING and committing → DONE. DONE, ALREADY or REFUSED.
local function finish(job)
  local seen = look(job)
  if seen.digest ~= A.digest then
    return 'REFUSED'
  end
  if seen.state == 'DONE' then
    return 'ALREADY'
  end
  if seen.state ~= 'RUNNING' or not seen.committing then
    return 'REFUSED'
  end
  keep_outcome(job)
  release(job, seen.nonce, 'finished')
  finish_as(job, 'RUNNING', 'DONE')
  return 'DONE'
end

-- A job as a claim answers it: id, encrypted credentials or false, the record.
local function claimed(job)
  return { job.id, redis.call('GET', job.secrets), redis.call('HGETALL', job.key) }
end

local function known_job()
  return { id = A.id, key = K.job, events = K.events, secrets = K.secrets }
end
