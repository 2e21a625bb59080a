-- Somebody on WhatsApp as one account knows them, by LID, by phone number, or both.
CREATE TABLE contacts (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    lid text,
    phone_number text,
    -- From the owner's address book.
    name text,
    -- As they call themselves.
    push_name text,
    is_self boolean NOT NULL DEFAULT false,
    is_muted boolean NOT NULL DEFAULT false,
    is_status_muted boolean NOT NULL DEFAULT false,
    -- Two rows turned out to be one person: this one has given its names to that one.
    same_as uuid REFERENCES contacts ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    CHECK ((lid IS NULL AND phone_number IS NULL) = (same_as IS NOT NULL))
);
CREATE UNIQUE INDEX contacts_lid_key ON contacts (account_id, lid);
CREATE UNIQUE INDEX contacts_phone_number_key ON contacts (account_id, phone_number);
CREATE INDEX contacts_page ON contacts (account_id, created_at, id) WHERE same_as IS NULL;
SELECT amda_protect('contacts');

-- A conversation of an account.
CREATE TABLE chats (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('DIRECT', 'GROUP', 'STATUS', 'CHANNEL')),
    -- The other side of a direct chat; null for the rest.
    contact_id uuid REFERENCES contacts ON DELETE CASCADE,
    -- WhatsApp's name of a group or channel; null for the rest.
    jid text,
    -- A group's subject, where known.
    name text,
    created_at timestamptz NOT NULL,
    CHECK ((kind = 'DIRECT') = (contact_id IS NOT NULL)),
    CHECK ((kind IN ('GROUP', 'CHANNEL')) = (jid IS NOT NULL))
);
CREATE UNIQUE INDEX chats_direct_key ON chats (account_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX chats_jid_key ON chats (account_id, jid) WHERE jid IS NOT NULL;
CREATE UNIQUE INDEX chats_status_key ON chats (account_id) WHERE kind = 'STATUS';
SELECT amda_protect('chats');
