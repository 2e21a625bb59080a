-- The contacts who viewed the owner's statuses, whichever device posted them.
CREATE TABLE status_viewers (
    status_id uuid NOT NULL REFERENCES statuses ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    viewed_at timestamptz NOT NULL,
    PRIMARY KEY (status_id, contact_id)
);
CREATE INDEX status_viewers_page ON status_viewers (status_id, viewed_at DESC, contact_id DESC);
CREATE INDEX status_viewers_contact ON status_viewers (contact_id);
CREATE INDEX status_viewers_user ON status_viewers (user_id);
SELECT amda_protect('status_viewers');
