-- A file that a user uploads was never WhatsApp's: there is no reference to it.
ALTER TABLE media ALTER COLUMN reference DROP NOT NULL;
ALTER TABLE media ADD CONSTRAINT media_is_somewhere CHECK (reference IS NOT NULL OR state = 'STORED');

-- Files that users upload: asked for, then sent by a signed link, checked, and kept as media.
CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Whose folder the content lies in; it goes when the account goes.
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    -- What was announced. The content decides what it really is.
    mime_type text NOT NULL CHECK (mime_type IN ('image/jpeg', 'image/png', 'image/webp', 'video/mp4')),
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    state text NOT NULL CHECK (state IN ('PENDING', 'READY', 'REJECTED')),
    -- Why it was rejected, in words for the user.
    reason text,
    media_id uuid UNIQUE REFERENCES media ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    -- When something took it; one that nothing took goes a day after it was asked for.
    used_at timestamptz,
    CHECK ((state = 'READY') = (media_id IS NOT NULL)),
    CHECK ((state = 'REJECTED') = (reason IS NOT NULL)),
    CHECK (used_at IS NULL OR state = 'READY')
);
CREATE INDEX uploads_account ON uploads (account_id);
SELECT amda_protect('uploads');
