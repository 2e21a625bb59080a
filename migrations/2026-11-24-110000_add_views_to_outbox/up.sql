-- The account may say that it saw a status, beside what it sends.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check
    CHECK (kind IN ('REACTION', 'TEXT', 'STATUS', 'REVOKE', 'VIEW'));
