-- What was sealed cannot be opened here: names come back when WhatsApp tells them again.
DROP FUNCTION amda_users_with_plain_names();
DROP INDEX accounts_plain, chats_plain, contacts_plain;
ALTER TABLE accounts DROP COLUMN sealed_label, DROP COLUMN sealed_phone_number, DROP COLUMN sealed_push_name;
DELETE FROM chats WHERE jid IS NULL AND kind IN ('GROUP', 'CHANNEL');
ALTER TABLE chats DROP CONSTRAINT chats_check1;
ALTER TABLE chats DROP COLUMN sealed_jid, DROP COLUMN jid_print, DROP COLUMN sealed_name;
ALTER TABLE chats ADD CONSTRAINT chats_check1 CHECK ((kind IN ('GROUP', 'CHANNEL')) = (jid IS NOT NULL));
DELETE FROM contacts WHERE lid IS NULL AND phone_number IS NULL AND same_as IS NULL;
ALTER TABLE contacts DROP CONSTRAINT contacts_check;
ALTER TABLE contacts
    DROP COLUMN sealed_phone_number, DROP COLUMN phone_number_print,
    DROP COLUMN sealed_name, DROP COLUMN sealed_push_name;
ALTER TABLE contacts ADD CONSTRAINT contacts_check CHECK (
    (lid IS NULL AND phone_number IS NULL) = (same_as IS NOT NULL));
