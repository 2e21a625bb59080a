-- What admins see of all users. The policies of the tables stay as they are: also in a transaction of an admin, the tables
-- show the admin's own rows. These views name the columns that administration shows, and have rows for admins alone. None
-- has a key, a password, a name or number of WhatsApp, or anything of a message.
--
-- The views read as the owner of the tables, whom the policies do not bind. Their condition names no column, so PostgreSQL
-- asks once, before it reads a row: no function in a query of others sees any.
CREATE VIEW admin_users AS
    SELECT id, email, display_name, plan, role, email_verified_at, created_at, deletion_at, suspended_at,
        suspension_reason,
        (SELECT count(*) FROM accounts WHERE accounts.user_id = users.id AND accounts.state <> 'UNLINKED')
            AS linked_accounts
    FROM users WHERE (SELECT amda_is_admin());

CREATE VIEW admin_accounts AS
    SELECT id, user_id, state, state_reason, state_changed_at, created_at, linked_at, last_traffic_at
    FROM accounts WHERE (SELECT amda_is_admin());
CREATE INDEX accounts_state ON accounts (state, id);

CREATE VIEW admin_sessions AS
    SELECT id, user_id, user_agent, ip_address, created_at, last_used_at, expires_at
    FROM logins WHERE revoked_at IS NULL AND (SELECT amda_is_admin());

-- Deliveries that were refused: given up, or to be tried again.
CREATE VIEW admin_failing_deliveries AS
    SELECT delivery.id, delivery.user_id, delivery.endpoint_id, delivery.kind, delivery.state, delivery.tries,
        delivery.occurred_at, delivery.next_try_at, delivery.settled_at, latest.attempted_at, latest.status,
        latest.failure
    FROM webhook_deliveries AS delivery
    LEFT JOIN LATERAL (
        SELECT attempted_at, status, failure FROM webhook_attempts
        WHERE delivery_id = delivery.id ORDER BY attempted_at DESC, id DESC LIMIT 1
    ) AS latest ON true
    WHERE (delivery.state = 'FAILED' OR delivery.state = 'PENDING' AND delivery.tries > 0)
        AND (SELECT amda_is_admin());
CREATE INDEX webhook_deliveries_failing ON webhook_deliveries (id)
    WHERE state = 'FAILED' OR state = 'PENDING' AND tries > 0;
