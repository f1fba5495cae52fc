-- stopped: the runner has stopped the work of a job that was to be cancelled. Safe to repeat.
-- KEYS
--   job events secrets
--   running leases claims
--   RUNNING CANCELLED ended
-- ARGV
--   prefix id fence nonce
--   progress stages rejects result    the outcome, JSON, '' leaves what was known
-- Answers 1 when the job is CANCELLED by this claim, else 0.
local job = known_job()
local seen = look(job)
if not seen.mine then
  return 0
end
if seen.state == 'CANCELLED' then
  return 1
end
if seen.state ~= 'RUNNING' or seen.committing or not seen.cancel then
  return 0
end
keep_outcome(job)
release(job, A.nonce, 'stopped')
finish_as(job, 'RUNNING', 'CANCELLED', CANCELLED_REASON)
return 1
