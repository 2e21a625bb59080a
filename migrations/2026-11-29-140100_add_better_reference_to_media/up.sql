-- The sealed reference of a better copy of a stored file, until that copy is stored in its place or turns out to be
-- unobtainable.
ALTER TABLE media ADD COLUMN better_reference bytea CHECK (better_reference IS NULL OR state = 'STORED');
