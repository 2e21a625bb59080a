-- The version of the search index that made a row's terms. Terms of another version are found by nobody; a job makes them
-- again, user by user. Rows that the previous release still writes are of its version, 1.
ALTER TABLE deleted_messages ADD COLUMN terms_version smallint NOT NULL DEFAULT 1;
ALTER TABLE edited_messages ADD COLUMN terms_version smallint NOT NULL DEFAULT 1;
CREATE INDEX deleted_messages_terms_version ON deleted_messages (user_id, terms_version);
CREATE INDEX edited_messages_terms_version ON edited_messages (user_id, terms_version);

-- A search reads the list of new entries from end to end: a short one (kB).
ALTER INDEX deleted_messages_terms SET (gin_pending_list_limit = 256);
ALTER INDEX edited_messages_terms SET (gin_pending_list_limit = 256);
