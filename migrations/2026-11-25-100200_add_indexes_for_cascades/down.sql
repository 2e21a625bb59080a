DROP INDEX view_once_messages_chat;
DROP INDEX view_once_messages_sender;
DROP INDEX deleted_messages_deleted_by;
DROP INDEX deleted_messages_message;
DROP INDEX messages_sender;
