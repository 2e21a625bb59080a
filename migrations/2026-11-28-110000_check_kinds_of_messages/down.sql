ALTER TABLE edited_messages DROP CONSTRAINT edited_messages_kind_check;
ALTER TABLE deleted_messages DROP CONSTRAINT deleted_messages_kind_check;
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
