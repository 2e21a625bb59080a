DROP TABLE view_once_messages;
DROP TABLE view_once_settings;
