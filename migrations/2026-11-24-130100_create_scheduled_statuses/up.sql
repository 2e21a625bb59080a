-- Statuses of the owner's that are published at a planned time, each once.
CREATE TABLE scheduled_statuses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('TEXT', 'IMAGE', 'VIDEO')),
    -- Words, colour and font, or the caption; sealed.
    content bytea NOT NULL,
    -- Null for a text, and once retention let the file go.
    media_id uuid REFERENCES media ON DELETE SET NULL,
    scope text NOT NULL CHECK (scope IN ('ALL', 'ONLY', 'EXCEPT')),
    -- Whom the scope names. Ids of contacts; whoever was found to be somebody else is still found by the old one.
    contact_ids uuid[] NOT NULL,
    publish_at timestamptz NOT NULL,
    -- Whose clock the owner planned by, as IANA names it.
    time_zone text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('SCHEDULED', 'PUBLISHING', 'PUBLISHED', 'FAILED', 'CANCELLED', 'MISSED')),
    -- Why it was not published, in words for the user.
    reason text,
    -- What was sent, and under which of WhatsApp's ids.
    send_id uuid REFERENCES outbox ON DELETE SET NULL,
    wa_id text,
    -- Whom it was sent to, sealed: a deletion goes to the same people.
    audience bytea,
    audience_size integer,
    created_at timestamptz NOT NULL,
    published_at timestamptz,
    -- The deletion of a published one: what was sent, why that failed, when it was done.
    revoke_send_id uuid REFERENCES outbox ON DELETE SET NULL,
    revoke_requested_at timestamptz,
    revoke_reason text,
    deleted_at timestamptz,
    CHECK ((reason IS NOT NULL) = (state IN ('FAILED', 'MISSED'))),
    CHECK ((published_at IS NOT NULL) = (state = 'PUBLISHED')),
    CHECK (state NOT IN ('PUBLISHING', 'PUBLISHED') OR (wa_id IS NOT NULL AND audience IS NOT NULL)),
    CHECK ((audience IS NULL) = (audience_size IS NULL)),
    CHECK (deleted_at IS NULL OR published_at IS NOT NULL)
);
CREATE INDEX scheduled_statuses_page ON scheduled_statuses (user_id, publish_at DESC, id DESC);
CREATE INDEX scheduled_statuses_account_page ON scheduled_statuses (account_id, publish_at DESC, id DESC);
CREATE INDEX scheduled_statuses_pending ON scheduled_statuses (user_id) WHERE state IN ('SCHEDULED', 'PUBLISHING');
CREATE UNIQUE INDEX scheduled_statuses_wa_key ON scheduled_statuses (account_id, wa_id) WHERE wa_id IS NOT NULL;
CREATE UNIQUE INDEX scheduled_statuses_send ON scheduled_statuses (send_id) WHERE send_id IS NOT NULL;
CREATE UNIQUE INDEX scheduled_statuses_revoke ON scheduled_statuses (revoke_send_id) WHERE revoke_send_id IS NOT NULL;
CREATE INDEX scheduled_statuses_media ON scheduled_statuses (media_id) WHERE media_id IS NOT NULL;
SELECT amda_protect('scheduled_statuses');

-- Who looked at a published status, each row of a contact once, at the first look.
CREATE TABLE scheduled_status_viewers (
    status_id uuid NOT NULL REFERENCES scheduled_statuses ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    viewed_at timestamptz NOT NULL,
    PRIMARY KEY (status_id, contact_id)
);
CREATE INDEX scheduled_status_viewers_page
    ON scheduled_status_viewers (status_id, viewed_at DESC, contact_id DESC);
CREATE INDEX scheduled_status_viewers_contact ON scheduled_status_viewers (contact_id);
SELECT amda_protect('scheduled_status_viewers');
