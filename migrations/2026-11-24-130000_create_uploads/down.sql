DELETE FROM media WHERE reference IS NULL;
DROP TABLE uploads;
ALTER TABLE media DROP CONSTRAINT media_is_somewhere;
ALTER TABLE media ALTER COLUMN reference SET NOT NULL;
