-- As the release that had both columns left it: set for a job that is wanted again.
ALTER TABLE jobs ADD COLUMN is_wanted_again boolean NOT NULL DEFAULT false;
UPDATE jobs SET is_wanted_again = true WHERE wanted_at IS NOT NULL;
