-- Exports of all that is kept of a user: archives that are made on demand and stay for a day.
CREATE TABLE data_exports (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'READY', 'FAILED', 'EXPIRED', 'CANCELLED')),
    failure text CHECK (failure IN ('DISK_FULL', 'INTERNAL')),
    -- The try that writes it. One that lost its turn must not change the row any more.
    writer uuid CHECK ((writer IS NULL) = (state <> 'RUNNING')),
    rows_done bigint NOT NULL DEFAULT 0,
    rows_total bigint NOT NULL DEFAULT 0,
    bytes_done bigint NOT NULL DEFAULT 0,
    bytes_total bigint NOT NULL DEFAULT 0,
    -- The archive in the media store, while it can be downloaded.
    object_key text CHECK ((object_key IS NULL) = (state <> 'READY')),
    size_bytes bigint,
    created_at timestamptz NOT NULL,
    finished_at timestamptz CHECK ((finished_at IS NULL) = (state IN ('QUEUED', 'RUNNING'))),
    expires_at timestamptz,
    CHECK ((failure IS NULL) = (state <> 'FAILED')),
    CHECK ((expires_at IS NULL) = (state NOT IN ('READY', 'EXPIRED'))),
    CHECK ((size_bytes IS NULL) = (expires_at IS NULL))
);
-- One at a time.
CREATE UNIQUE INDEX data_exports_unfinished ON data_exports (user_id) WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX data_exports_page ON data_exports (user_id, created_at DESC, id DESC);
CREATE INDEX data_exports_expiring ON data_exports (user_id, expires_at) WHERE state = 'READY';
SELECT amda_protect('data_exports');

-- An export reads the rows of a user in the order of their ids.
CREATE INDEX messages_by_user ON messages (user_id, id);
