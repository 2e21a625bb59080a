ALTER TABLE accounts DROP COLUMN sends_paused_reason;
ALTER TABLE accounts DROP COLUMN sends_paused_until;
DROP TABLE outbox;
