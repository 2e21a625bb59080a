ALTER TABLE chats DROP CONSTRAINT chats_timer_check;
ALTER TABLE chats DROP COLUMN timer_set_at;
ALTER TABLE chats DROP COLUMN timer_seconds;
