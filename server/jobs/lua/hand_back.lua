-- hand_back: a runner that stops gives its job back, to the head of its queue; no crash is counted. Safe to repeat.
-- KEYS
--   job events secrets
--   queued_high queued_normal queued_low wake
--   running leases claims
--   QUEUED RUNNING CANCELLED ended
-- ARGV
--   prefix id fence nonce
-- Answers 1 when the job was given back by this claim, else 0.
local job = known_job()
local seen = look(job)
if not seen.mine then
  return 0
end
if seen.state ~= 'RUNNING' then
  return seen.released == 'handed_back' and 1 or 0
end
if seen.committing then
  return 0 -- the publication must be completed, by this runner or by one that takes over
end
release(job, A.nonce, 'handed_back')
if seen.cancel then
  finish_as(job, 'RUNNING', 'CANCELLED', CANCELLED_REASON)
else
  requeue(job)
end
return 1
