-- Whether an account captures view-once messages. No row: its owner never turned it on, so it is off.
CREATE TABLE view_once_settings (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    is_enabled boolean NOT NULL,
    changed_at timestamptz NOT NULL
);
SELECT amda_protect('view_once_settings');

-- A message to be viewed once, and what came of capturing it.
CREATE TABLE view_once_messages (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    chat_id uuid NOT NULL REFERENCES chats ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    wa_id text NOT NULL,
    -- Null while only the placeholder came, which does not say.
    kind text CHECK (kind IN ('IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT')),
    -- The words under it, sealed.
    caption bytea,
    -- Null until the first capture comes to its end; not shown to anybody before.
    outcome text CHECK (outcome IN ('CAPTURED', 'NOT_DELIVERED', 'QUOTA_EXHAUSTED', 'FAILED')),
    -- Why it was not captured, in words for the user.
    reason text,
    -- Its content is being fetched.
    is_capturing boolean NOT NULL,
    media_id uuid REFERENCES media ON DELETE SET NULL,
    received_at timestamptz NOT NULL,
    captured_at timestamptz,
    CHECK (outcome IS NOT NULL OR is_capturing),
    CHECK (outcome IS DISTINCT FROM 'CAPTURED' OR (captured_at IS NOT NULL AND NOT is_capturing))
);
-- Found by chat and WhatsApp's id, because a quotation may name its sender by another name.
CREATE UNIQUE INDEX view_once_messages_wa_key ON view_once_messages (account_id, chat_id, wa_id, sender_id);
CREATE INDEX view_once_messages_media ON view_once_messages (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX view_once_messages_page ON view_once_messages (user_id, received_at DESC, id DESC)
    WHERE outcome IS NOT NULL;
SELECT amda_protect('view_once_messages');
