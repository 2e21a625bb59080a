-- Nobody refreshes them here.
DELETE FROM logins WHERE external_identity_id IS NOT NULL;
ALTER TABLE logins
    DROP CONSTRAINT logins_external_check,
    DROP COLUMN authenticated_at,
    DROP COLUMN issuer_session,
    DROP COLUMN external_identity_id;
