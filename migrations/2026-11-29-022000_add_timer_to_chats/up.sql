-- The timer of a disappearing chat, and the time at which it was set: news may arrive out of order. 0 seconds: turned off.
ALTER TABLE chats ADD COLUMN timer_seconds integer CHECK (timer_seconds >= 0);
ALTER TABLE chats ADD COLUMN timer_set_at timestamptz;
ALTER TABLE chats ADD CONSTRAINT chats_timer_check CHECK ((timer_seconds IS NULL) = (timer_set_at IS NULL));
