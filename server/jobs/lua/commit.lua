-- commit: prepare and finish at once, for a job that publishes nothing outside its own folder. Safe to repeat.
-- KEYS
--   job events secrets
--   running leases claims
--   RUNNING DONE ended
-- ARGV
--   prefix id fence nonce
--   digest                            of the result
--   progress stages rejects result    the outcome, JSON, '' for none
-- Answers OK (the job is DONE), CANCEL or LOST.
local job = known_job()
local answer = prepare(job)
if answer == 'OK' then
  finish(job)
end
return answer
