-- The terms of version 2 stay, and the previous release does not find them: it has no job that makes terms again.
ALTER INDEX edited_messages_terms RESET (gin_pending_list_limit);
ALTER INDEX deleted_messages_terms RESET (gin_pending_list_limit);
DROP INDEX edited_messages_terms_version;
DROP INDEX deleted_messages_terms_version;
ALTER TABLE edited_messages DROP COLUMN terms_version;
ALTER TABLE deleted_messages DROP COLUMN terms_version;
