ALTER TABLE media DROP COLUMN state_reason;
ALTER TABLE media RENAME COLUMN state_message TO state_reason;
