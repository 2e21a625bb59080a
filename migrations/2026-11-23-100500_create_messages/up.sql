-- A picture, video, sound or document: where WhatsApp serves it, and where we keep it.
CREATE TABLE media (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT')),
    mime_type text NOT NULL,
    -- Of the plain content.
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    width integer,
    height integer,
    duration_seconds double precision,
    -- WhatsApp's path, keys and hashes, sealed.
    reference bytea NOT NULL,
    -- A small JPEG, sealed.
    thumbnail bytea,
    -- REMOTE: only WhatsApp has it. STORED: we have it. EXPIRED: nobody has it. FAILED: it did not come whole.
    state text NOT NULL CHECK (state IN ('REMOTE', 'STORED', 'EXPIRED', 'FAILED')),
    state_reason text,
    -- The object's name in the store, while STORED.
    object_key text,
    stored_bytes bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    CHECK ((state = 'STORED') = (object_key IS NOT NULL))
);
CREATE INDEX media_user ON media (user_id) WHERE state = 'STORED';
SELECT amda_protect('media');

-- Every message that arrived, once; what it said is sealed and leaves at held_until.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    chat_id uuid NOT NULL REFERENCES chats ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- WhatsApp's id, unique within a chat and a sender.
    wa_id text NOT NULL,
    kind text NOT NULL,
    is_from_me boolean NOT NULL,
    -- Text or caption, sealed; null when there is none, or when it was let go.
    content bytea,
    media_id uuid REFERENCES media ON DELETE SET NULL,
    sent_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    -- When the content is let go; null: it never held any, or it is kept elsewhere.
    held_until timestamptz
);
CREATE UNIQUE INDEX messages_wa_key ON messages (account_id, chat_id, sender_id, wa_id);
CREATE INDEX messages_wa_id ON messages (account_id, wa_id);
CREATE INDEX messages_held_until ON messages (held_until) WHERE held_until IS NOT NULL;
SELECT amda_protect('messages');
