DROP INDEX messages_edits_wa_id;
ALTER TABLE messages DROP COLUMN edits_wa_id;
