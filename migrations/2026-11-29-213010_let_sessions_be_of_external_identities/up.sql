-- A session at the issuer of external tokens is one here too: listed with the others, and revocable.
ALTER TABLE logins
    ADD COLUMN external_identity_id uuid REFERENCES external_identities ON DELETE CASCADE,
    -- SHA-256 of the issuer's name for the session; of nothing where its tokens name none.
    ADD COLUMN issuer_session bytea CHECK (length(issuer_session) = 32),
    -- When the user last proved to the issuer who they are.
    ADD COLUMN authenticated_at timestamptz,
    ADD CONSTRAINT logins_external_check CHECK (
        (external_identity_id IS NULL) = (issuer_session IS NULL)
        AND (external_identity_id IS NULL) = (authenticated_at IS NULL)
    );
CREATE UNIQUE INDEX logins_external_living ON logins (external_identity_id, issuer_session)
    WHERE external_identity_id IS NOT NULL AND revoked_at IS NULL;
-- The newest session of an issuer's one, ended or not.
CREATE INDEX logins_external ON logins (external_identity_id, issuer_session, created_at DESC)
    WHERE external_identity_id IS NOT NULL;
