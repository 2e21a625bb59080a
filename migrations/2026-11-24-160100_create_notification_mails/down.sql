DROP TABLE notification_mail_items;
DROP TABLE notification_mails;
