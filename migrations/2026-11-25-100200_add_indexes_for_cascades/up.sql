-- Without them, each contact, chat or message that goes with its account or its age is looked for in the whole table.
CREATE INDEX messages_sender ON messages (sender_id);
CREATE INDEX deleted_messages_message ON deleted_messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX deleted_messages_deleted_by ON deleted_messages (deleted_by_id);
CREATE INDEX view_once_messages_sender ON view_once_messages (sender_id);
CREATE INDEX view_once_messages_chat ON view_once_messages (chat_id);
