-- Off: authors do not learn that the owner looked, unless the owner wants them to.
ALTER TABLE auto_likes ADD COLUMN sends_view_receipt boolean NOT NULL DEFAULT false;
-- The view that leaves before the like, to be taken back with it. Null when there is none.
ALTER TABLE status_likes ADD COLUMN view_send_id uuid REFERENCES outbox ON DELETE SET NULL;
CREATE INDEX status_likes_view_send ON status_likes (view_send_id) WHERE view_send_id IS NOT NULL;
