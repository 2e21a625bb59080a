-- `wanted_at` took its place, and the release that still wrote it is gone.
ALTER TABLE jobs DROP COLUMN is_wanted_again;
