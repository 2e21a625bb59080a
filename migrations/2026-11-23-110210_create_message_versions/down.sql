DROP FUNCTION amda_users_with_due_messages(timestamptz);
DROP INDEX messages_user_held_until;
DROP TABLE message_versions;
