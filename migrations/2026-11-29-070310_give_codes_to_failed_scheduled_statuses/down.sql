ALTER TABLE scheduled_statuses
    DROP COLUMN revoke_failure_code,
    DROP COLUMN revoke_failure_reason,
    DROP COLUMN failure_code,
    DROP COLUMN failure_reason;
ALTER TABLE scheduled_statuses RENAME COLUMN revoke_failure_message TO revoke_reason;
ALTER TABLE scheduled_statuses RENAME COLUMN failure_message TO reason;
