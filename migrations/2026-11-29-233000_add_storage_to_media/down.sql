DROP FUNCTION amda_has_media_in_bucket();
DROP INDEX media_in_bucket;
ALTER TABLE media DROP COLUMN storage;
