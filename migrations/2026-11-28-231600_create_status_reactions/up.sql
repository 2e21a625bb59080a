-- The statuses to which the owner reacted, or took a reaction back: a person has one reaction to a status, so an
-- automatic one would replace the owner's. The reaction may come before the status.
CREATE TABLE status_reactions (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    -- WhatsApp's id of the status.
    wa_id text NOT NULL,
    reacted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, wa_id)
);
SELECT amda_protect('status_reactions');
