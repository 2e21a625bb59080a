-- An edit that comes before its message waits for it: this is WhatsApp's id of that message.
ALTER TABLE messages ADD COLUMN edits_wa_id text;
CREATE INDEX messages_edits_wa_id ON messages (account_id, edits_wa_id) WHERE edits_wa_id IS NOT NULL;
