-- Chats of an account are listed in the order in which they were first seen, and found by their contact.
CREATE INDEX chats_page ON chats (account_id, created_at, id);
CREATE INDEX chats_contact ON chats (contact_id) WHERE contact_id IS NOT NULL;
