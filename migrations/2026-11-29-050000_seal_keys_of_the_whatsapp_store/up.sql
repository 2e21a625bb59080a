-- Addresses by which the WhatsApp library finds its values are, some of them, phone numbers. From here on their columns
-- hold prints: keyed hashes, equal for equal addresses of one user, and meaningless without the user's key.
--
-- Only the server has that key. So the tables are made anew, and the server moves the rows of the earlier ones over when
-- it starts, before it connects anybody; a later release drops the empty tables.
ALTER TABLE whatsapp_store RENAME TO plain_whatsapp_store;
ALTER INDEX whatsapp_store_pkey RENAME TO plain_whatsapp_store_pkey;
ALTER TABLE whatsapp_tc_tokens RENAME TO plain_whatsapp_tc_tokens;
ALTER INDEX whatsapp_tc_tokens_pkey RENAME TO plain_whatsapp_tc_tokens_pkey;
ALTER TABLE whatsapp_message_secrets RENAME TO plain_whatsapp_message_secrets;
ALTER INDEX whatsapp_message_secrets_pkey RENAME TO plain_whatsapp_message_secrets_pkey;
DROP INDEX whatsapp_message_secrets_expiry;

-- What the WhatsApp library keeps of one linked device: its keys, its ratchets, messages on their way.
--
-- `value` is always sealed, with account, space, scope and key as its associated data, so a row that is moved or copied
-- elsewhere does not open. Where keys are addresses, `scope` and `key` are prints, and the key itself stands in front of
-- the value. Elsewhere they are plain: numbers, hashes and names of collections.
CREATE TABLE whatsapp_store (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    space text NOT NULL CHECK (space IN (
        'device', 'identity', 'session', 'prekey', 'signed_prekey', 'sender_key', 'base_key',
        'sync_key', 'sync_version', 'sync_mac',
        'sender_key_device', 'lid', 'lid_of_phone_number', 'device_list', 'group_metadata',
        'sent_message', 'pending_inbound')),
    -- The group, person, collection or chat that the key belongs to; empty where it stands by itself.
    scope bytea NOT NULL,
    -- Numbers are big-endian, so that they sort.
    key bytea NOT NULL,
    value bytea NOT NULL,
    -- For what grows old: seconds since 1970, as the library counts and compares them.
    stored_secs bigint,
    -- For one-time prekeys: true when WhatsApp has the public half.
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
    -- Print of the contact's JID.
    jid_print bytea NOT NULL,
    sealed_jid bytea NOT NULL,
    -- Token that the contact gave us, sealed; null: none yet.
    token bytea,
    token_secs bigint NOT NULL,
    -- Time at which we gave them ours.
    sender_secs bigint,
    PRIMARY KEY (account_id, jid_print)
);
SELECT amda_protect('whatsapp_tc_tokens');

-- The secrets of messages, with which later edits, votes and replies to them are read. The most numerous of all.
CREATE TABLE whatsapp_message_secrets (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    -- Print of the message's chat, sender and id.
    message_print bytea NOT NULL,
    -- Sealed.
    secret bytea NOT NULL,
    -- Seconds since 1970; 0: kept for good.
    expires_secs bigint NOT NULL,
    -- Time at which the message was sent, in seconds since 1970; 0: not known.
    message_secs bigint NOT NULL,
    PRIMARY KEY (account_id, message_print)
);
CREATE INDEX whatsapp_message_secrets_expiry ON whatsapp_message_secrets (account_id, expires_secs) WHERE expires_secs <> 0;
SELECT amda_protect('whatsapp_message_secrets');

-- Users with rows that are still to be moved over: ids only.
CREATE FUNCTION amda_users_with_plain_whatsapp_keys() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT user_id FROM plain_whatsapp_store
    UNION
    SELECT user_id FROM plain_whatsapp_tc_tokens
    UNION
    SELECT user_id FROM plain_whatsapp_message_secrets;
END;
