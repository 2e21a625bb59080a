-- Messages that their authors edited, with every wording. They outlive what is held of the message.
CREATE TABLE edited_messages (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    chat_id uuid NOT NULL REFERENCES chats ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    message_id uuid UNIQUE REFERENCES messages ON DELETE SET NULL,
    kind text NOT NULL,
    -- Every wording and when it was written, the oldest first, sealed.
    wordings bytea NOT NULL,
    -- Keyed fingerprints of their words and the words' beginnings.
    terms bigint[] NOT NULL,
    first_edited_at timestamptz NOT NULL,
    last_edited_at timestamptz NOT NULL,
    CHECK (first_edited_at <= last_edited_at)
);
CREATE INDEX edited_messages_page ON edited_messages (user_id, last_edited_at DESC, id DESC);
CREATE INDEX edited_messages_account_page ON edited_messages (account_id, last_edited_at DESC, id DESC);
CREATE INDEX edited_messages_chat_page ON edited_messages (chat_id, last_edited_at DESC, id DESC);
CREATE INDEX edited_messages_sender_page ON edited_messages (sender_id, last_edited_at DESC, id DESC);
CREATE INDEX edited_messages_terms ON edited_messages USING gin (terms);
SELECT amda_protect('edited_messages');

-- Asked instead of the table, for the same reason as amda_deleted_messages_with.
CREATE FUNCTION amda_edited_messages_with(wanted bigint[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT edited_messages.id FROM edited_messages
    WHERE terms @> wanted AND edited_messages.user_id = (SELECT amda_user());
END;
