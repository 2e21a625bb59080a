-- The recorded message, by which a view-once message and its deletion find each other, and the time of its sending. Null
-- for one that is known only from a quotation.
ALTER TABLE view_once_messages ADD COLUMN message_id uuid REFERENCES messages ON DELETE SET NULL;
ALTER TABLE view_once_messages ADD COLUMN sent_at timestamptz;
CREATE INDEX view_once_messages_message ON view_once_messages (message_id) WHERE message_id IS NOT NULL;
UPDATE view_once_messages AS kept SET message_id = messages.id, sent_at = messages.sent_at
    FROM messages, contacts AS sender, contacts AS author
    WHERE messages.account_id = kept.account_id AND messages.chat_id = kept.chat_id AND messages.wa_id = kept.wa_id
        AND sender.id = messages.sender_id AND author.id = kept.sender_id
        AND coalesce(sender.same_as, sender.id) = coalesce(author.same_as, author.id);
