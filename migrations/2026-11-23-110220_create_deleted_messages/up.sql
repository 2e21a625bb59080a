-- Whether an account's messages are held; no row until the owner says something about it.
CREATE TABLE deleted_message_settings (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    is_enabled boolean NOT NULL,
    include_groups boolean NOT NULL,
    media_backup text NOT NULL CHECK (media_backup IN ('ON_DELETE', 'EAGER', 'NEVER'))
);
SELECT amda_protect('deleted_message_settings');

-- Messages that somebody deleted for everyone, and deletions that were forged.
CREATE TABLE deleted_messages (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    chat_id uuid NOT NULL REFERENCES chats ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    deleted_by_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- WhatsApp's id of the message.
    wa_id text NOT NULL,
    -- Null while the message has not come.
    message_id uuid REFERENCES messages ON DELETE SET NULL,
    outcome text NOT NULL CHECK (outcome IN ('DELETED', 'FORGED')),
    is_by_admin boolean NOT NULL,
    kind text NOT NULL,
    -- Why there is nothing to show; null when there is.
    loss text CHECK (loss IN ('NEVER_ARRIVED', 'NEVER_DECRYPTED', 'NOT_HELD', 'VIEW_ONCE', 'UNSUPPORTED', 'FORGED')),
    -- Text or caption, sealed.
    content bytea,
    media_id uuid REFERENCES media ON DELETE SET NULL,
    -- Keyed fingerprints of its words and their beginnings.
    terms bigint[] NOT NULL,
    sent_at timestamptz NOT NULL,
    deleted_at timestamptz NOT NULL,
    CHECK (loss IS NULL OR content IS NULL),
    CHECK (outcome = 'DELETED' OR loss = 'FORGED')
);
CREATE UNIQUE INDEX deleted_messages_once ON deleted_messages (account_id, chat_id, wa_id, sender_id)
    WHERE outcome = 'DELETED';
CREATE UNIQUE INDEX deleted_messages_forged_once ON deleted_messages (account_id, chat_id, wa_id, sender_id, deleted_by_id)
    WHERE outcome = 'FORGED';
CREATE INDEX deleted_messages_page ON deleted_messages (user_id, deleted_at DESC, id DESC);
CREATE INDEX deleted_messages_account_page ON deleted_messages (account_id, deleted_at DESC, id DESC);
CREATE INDEX deleted_messages_chat_page ON deleted_messages (chat_id, deleted_at DESC, id DESC);
CREATE INDEX deleted_messages_sender_page ON deleted_messages (sender_id, deleted_at DESC, id DESC);
CREATE INDEX deleted_messages_media ON deleted_messages (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX deleted_messages_terms ON deleted_messages USING gin (terms);
SELECT amda_protect('deleted_messages');

-- Under row-level security the index of terms would not be used: `@>` is not leakproof, so the policy is checked
-- first, row by row. This function confines itself to the transaction's user and is asked instead.
CREATE FUNCTION amda_deleted_messages_with(wanted bigint[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT deleted_messages.id FROM deleted_messages
    WHERE terms @> wanted AND deleted_messages.user_id = (SELECT amda_user());
END;
