-- Identities whose users were deleted, so that a browser that still holds a token does not make an empty user anew.
CREATE TABLE deleted_external_identities (
    -- HMAC-SHA256 of issuer and subject with a key of the operator's: it names nobody without that key.
    identity_hash bytea PRIMARY KEY CHECK (length(identity_hash) = 32),
    deleted_at timestamptz NOT NULL
);
CREATE INDEX deleted_external_identities_at ON deleted_external_identities (deleted_at);
