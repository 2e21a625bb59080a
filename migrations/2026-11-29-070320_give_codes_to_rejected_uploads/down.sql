ALTER TABLE uploads DROP COLUMN rejection_reason;
ALTER TABLE uploads RENAME COLUMN rejection_message TO reason;
