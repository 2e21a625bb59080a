-- What an edited message said, wording by wording; goes with what is held of the message.
CREATE TABLE message_versions (
    -- The message that brought these words: the edited message itself, then each of its edits.
    id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The message that was edited.
    message_id uuid NOT NULL REFERENCES messages ON DELETE CASCADE,
    -- Sealed.
    content bytea NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX message_versions_message ON message_versions (message_id, written_at, id);
SELECT amda_protect('message_versions');

-- What is let go is looked for user by user.
CREATE INDEX messages_user_held_until ON messages (user_id, held_until) WHERE held_until IS NOT NULL;

-- Users with content that is due to be let go, of all users: ids only.
CREATE FUNCTION amda_users_with_due_messages(due timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT DISTINCT overdue.user_id FROM (
        SELECT messages.user_id FROM messages WHERE held_until <= due ORDER BY held_until LIMIT 10000
    ) AS overdue;
END;
