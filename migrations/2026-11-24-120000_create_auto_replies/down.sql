DROP INDEX messages_account_time;
DROP TABLE auto_replies;
DROP TABLE auto_reply_settings;
