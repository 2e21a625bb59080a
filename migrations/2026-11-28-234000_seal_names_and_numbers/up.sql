-- Names and phone numbers of people, groups and the owner are sealed with the user's key from here on. What is looked up
-- has a print beside it: a keyed hash, equal for equal values of one user, and meaningless without the key.
--
-- The plain columns stay for the previous release, which may still run meanwhile. The server seals what they hold when
-- it starts and empties them; a later release drops them.
ALTER TABLE contacts
    ADD COLUMN sealed_phone_number bytea,
    ADD COLUMN phone_number_print bigint,
    ADD COLUMN sealed_name bytea,
    ADD COLUMN sealed_push_name bytea,
    ADD CHECK ((sealed_phone_number IS NULL) = (phone_number_print IS NULL));
ALTER TABLE contacts DROP CONSTRAINT contacts_check;
ALTER TABLE contacts ADD CONSTRAINT contacts_check CHECK (
    (lid IS NULL AND phone_number IS NULL AND phone_number_print IS NULL) = (same_as IS NOT NULL));
CREATE UNIQUE INDEX contacts_phone_number_print_key ON contacts (account_id, phone_number_print);

ALTER TABLE chats
    ADD COLUMN sealed_jid bytea,
    ADD COLUMN jid_print bigint,
    ADD COLUMN sealed_name bytea,
    ADD CHECK ((sealed_jid IS NULL) = (jid_print IS NULL));
ALTER TABLE chats DROP CONSTRAINT chats_check1;
ALTER TABLE chats ADD CONSTRAINT chats_check1 CHECK (
    (kind IN ('GROUP', 'CHANNEL')) = (jid IS NOT NULL OR jid_print IS NOT NULL));
CREATE UNIQUE INDEX chats_jid_print_key ON chats (account_id, jid_print) WHERE jid_print IS NOT NULL;

ALTER TABLE accounts
    ADD COLUMN sealed_label bytea,
    ADD COLUMN sealed_phone_number bytea,
    ADD COLUMN sealed_push_name bytea;

-- Empty once everything is sealed, so that a start finds nothing to do at once.
CREATE INDEX contacts_plain ON contacts (user_id)
    WHERE phone_number IS NOT NULL OR name IS NOT NULL OR push_name IS NOT NULL;
CREATE INDEX chats_plain ON chats (user_id) WHERE jid IS NOT NULL OR name IS NOT NULL;
CREATE INDEX accounts_plain ON accounts (user_id)
    WHERE label IS NOT NULL OR phone_number IS NOT NULL OR push_name IS NOT NULL;

-- Users with rows that are not sealed yet: ids only.
CREATE FUNCTION amda_users_with_plain_names() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT user_id FROM contacts WHERE phone_number IS NOT NULL OR name IS NOT NULL OR push_name IS NOT NULL
    UNION
    SELECT user_id FROM chats WHERE jid IS NOT NULL OR name IS NOT NULL
    UNION
    SELECT user_id FROM accounts WHERE label IS NOT NULL OR phone_number IS NOT NULL OR push_name IS NOT NULL;
END;
