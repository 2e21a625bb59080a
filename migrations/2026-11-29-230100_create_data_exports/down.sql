DROP INDEX messages_by_user;
DROP TABLE data_exports;
