ALTER TABLE outbox DROP COLUMN withdrawn_because;
