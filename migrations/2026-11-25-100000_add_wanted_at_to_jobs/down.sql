UPDATE jobs SET is_wanted_again = wanted_at IS NOT NULL;
ALTER TABLE jobs DROP COLUMN wanted_at;
