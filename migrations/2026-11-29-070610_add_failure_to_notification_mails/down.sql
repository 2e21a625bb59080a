ALTER TABLE notification_mails DROP COLUMN failure;
