-- When a job was enqueued again for while somebody worked on it, perhaps too late for them to see why. That it was is
-- not enough: who worked on it may want it later, and the earlier of the two holds. What `is_wanted_again` tells is read
-- no more; it goes in a later release, for the one before this still writes it.
ALTER TABLE jobs ADD COLUMN wanted_at timestamptz;
UPDATE jobs SET wanted_at = now() WHERE is_wanted_again;
