DROP FUNCTION amda_edited_messages_with(bigint[]);
DROP TABLE edited_messages;
