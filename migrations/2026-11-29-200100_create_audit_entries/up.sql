-- What admins and the operator did to a user and saw of them, for that user to read. An entry goes with its user, and
-- outlives the admin.
CREATE TABLE audit_entries (
    id uuid PRIMARY KEY,
    -- The user whom it concerns.
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    actor text NOT NULL CHECK (actor IN ('ADMIN', 'OPERATOR')),
    -- No reference: one who was deleted did it all the same.
    admin_id uuid,
    action text NOT NULL CHECK (
        action IN (
            'USER_LISTED', 'USER_VIEWED', 'ACCOUNTS_VIEWED', 'SESSIONS_VIEWED', 'WEBHOOKS_VIEWED', 'PLAN_SET',
            'SESSIONS_ENDED', 'SUSPENDED', 'UNSUSPENDED', 'PASSWORD_RESET', 'TWO_FACTOR_DISABLED',
            'DELETION_REQUESTED', 'ADMIN_GRANTED', 'ADMIN_REVOKED'
        )
    ),
    -- What the action's name does not say.
    previous_plan text,
    plan text,
    ended_sessions integer,
    reason text,
    at timestamptz NOT NULL,
    CHECK ((actor = 'ADMIN') = (admin_id IS NOT NULL))
);
CREATE INDEX audit_entries_page ON audit_entries (user_id, at DESC, id DESC);
-- For the look before this one.
CREATE INDEX audit_entries_look ON audit_entries (user_id, admin_id, action, at);
SELECT amda_protect('audit_entries');
