-- The event of marking names the notifications that were marked at its time.
CREATE INDEX notifications_by_read_at ON notifications (user_id, read_at) WHERE read_at IS NOT NULL;
