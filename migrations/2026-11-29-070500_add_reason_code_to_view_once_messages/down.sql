ALTER TABLE view_once_messages DROP COLUMN reason_code;
