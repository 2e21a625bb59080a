ALTER TABLE media DROP COLUMN renewal_asked_at;
