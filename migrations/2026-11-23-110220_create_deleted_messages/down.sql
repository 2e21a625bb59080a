DROP FUNCTION amda_deleted_messages_with(bigint[]);
DROP TABLE deleted_messages;
DROP TABLE deleted_message_settings;
