ALTER TABLE view_once_messages DROP COLUMN sent_at;
ALTER TABLE view_once_messages DROP COLUMN message_id;
