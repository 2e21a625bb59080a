-- What the WhatsApp library keeps of one linked device: its keys, its ratchets, what it is in the middle of.
--
-- `value` is always sealed, with account, space, scope and key as its associated data, so a row that is moved or copied
-- elsewhere does not open. `scope` and `key` are plain. They are addresses, group names and message ids, which stand in
-- plain in contacts, chats and messages as well, and numbers and hashes that open nothing; looking up by prefix, by
-- group and by highest number needs them. They are bytes, not text: a peer chooses some of them, and text refuses a
-- zero byte.
CREATE TABLE whatsapp_store (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    space text NOT NULL CHECK (space IN (
        'device', 'identity', 'session', 'prekey', 'signed_prekey', 'sender_key', 'base_key',
        'sync_key', 'sync_version', 'sync_mac',
        'sender_key_device', 'lid', 'lid_of_phone_number', 'device_list', 'group_metadata',
        'sent_message', 'pending_inbound')),
    -- The group, collection or chat that the key is unique within; empty where it is unique by itself.
    scope bytea NOT NULL,
    -- Numbers are big-endian, so that they sort.
    key bytea NOT NULL,
    value bytea NOT NULL,
    -- For what grows old: seconds since 1970, as the library counts and compares them.
    stored_secs bigint,
    -- For one-time prekeys: whether WhatsApp has the public half.
    is_uploaded boolean,
    PRIMARY KEY (account_id, space, scope, key),
    CHECK ((space IN ('sent_message', 'pending_inbound')) = (stored_secs IS NOT NULL)),
    CHECK ((space = 'prekey') = (is_uploaded IS NOT NULL))
);
-- A ratchet moves with every message: room for the next version on the same page spares the index.
ALTER TABLE whatsapp_store SET (fillfactor = 80);
-- What is sealed does not compress.
ALTER TABLE whatsapp_store ALTER COLUMN value SET STORAGE EXTERNAL;
SELECT amda_protect('whatsapp_store');

-- Trusted-contact tokens. Two writers touch one row, each its own half, so the halves are columns and each write is one
-- statement.
CREATE TABLE whatsapp_tc_tokens (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    jid bytea NOT NULL,
    -- What the contact gave us, sealed; null: nothing yet.
    token bytea,
    token_secs bigint NOT NULL,
    -- When we gave them ours.
    sender_secs bigint,
    PRIMARY KEY (account_id, jid)
);
SELECT amda_protect('whatsapp_tc_tokens');

-- The secrets of messages, with which later edits, votes and replies to them are read. The most numerous of all.
CREATE TABLE whatsapp_message_secrets (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    chat bytea NOT NULL,
    sender bytea NOT NULL,
    wa_id bytea NOT NULL,
    -- Sealed.
    secret bytea NOT NULL,
    -- Seconds since 1970; 0: kept for good.
    expires_secs bigint NOT NULL,
    -- When the message was sent, in seconds since 1970; 0: not known.
    message_secs bigint NOT NULL,
    PRIMARY KEY (account_id, chat, sender, wa_id)
);
CREATE INDEX whatsapp_message_secrets_expiry ON whatsapp_message_secrets (account_id, expires_secs) WHERE expires_secs <> 0;
SELECT amda_protect('whatsapp_message_secrets');
