-- Identities of users at the operator's own issuer of tokens, such as a Supabase project: who its tokens speak of.
CREATE TABLE external_identities (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- As the tokens name them: `iss` and `sub`.
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 512),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    -- The address in the newest token. It signs nobody in, and may be another than the user's.
    email text CHECK (length(email) <= 254),
    linked_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
-- One identity has one user, whichever of two requests comes first.
CREATE UNIQUE INDEX external_identities_key ON external_identities (issuer, subject);
CREATE INDEX external_identities_user ON external_identities (user_id, id);
SELECT amda_protect('external_identities');

-- Before anybody is known: whose identity a token speaks of, answered with an id and nothing else.
CREATE FUNCTION amda_user_by_external_identity(wanted_issuer text, wanted_subject text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (
        SELECT user_id FROM external_identities WHERE issuer = wanted_issuer AND subject = wanted_subject
    );

-- False for users who have come in by such tokens alone: their hash is one that no password has.
ALTER TABLE users ADD COLUMN has_password boolean NOT NULL DEFAULT true;
