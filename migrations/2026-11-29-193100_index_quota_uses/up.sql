-- The user reads the ledger, the newest first.
CREATE INDEX quota_uses_by_time ON quota_uses (user_id, created_at, id);
