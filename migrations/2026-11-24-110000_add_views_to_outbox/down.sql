DELETE FROM outbox WHERE kind = 'VIEW';
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check
    CHECK (kind IN ('REACTION', 'TEXT', 'STATUS', 'REVOKE'));
