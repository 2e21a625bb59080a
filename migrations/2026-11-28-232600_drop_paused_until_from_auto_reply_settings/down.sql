ALTER TABLE auto_reply_settings ADD COLUMN paused_until timestamptz;
