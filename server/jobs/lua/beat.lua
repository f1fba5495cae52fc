-- beat: extends a lease and keeps progress. Safe to repeat.
-- KEYS
--   job events leases
-- ARGV
--   prefix id fence nonce
--   lease_ms
--   progress stages       JSON, '' for none
-- Answers OK, CANCEL (stop the work, then call `stopped`) or LOST (stop the work, tell no one).
local job = known_job()
local seen = look(job)
if seen.state ~= 'RUNNING' or not seen.mine then
  return 'LOST'
end
redis.call('ZADD', K.leases, whole(now + A.lease_ms), A.id)
if keep_progress(job) then
  announce(job)
end
-- The decision to publish never goes back.
return seen.cancel and not seen.committing and 'CANCEL' or 'OK'
