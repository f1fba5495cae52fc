-- prepare: records the decision to publish; from here on the job can only be completed. Safe to repeat.
-- KEYS
--   job events
-- ARGV
--   prefix id fence nonce
--   digest                            of the manifest of what will be published
--   progress stages rejects result    the outcome so far, JSON, '' for none
-- Answers OK, CANCEL or LOST.
return prepare(known_job())
