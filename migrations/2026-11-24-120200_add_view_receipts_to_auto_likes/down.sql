ALTER TABLE status_likes DROP COLUMN view_send_id;
ALTER TABLE auto_likes DROP COLUMN sends_view_receipt;
