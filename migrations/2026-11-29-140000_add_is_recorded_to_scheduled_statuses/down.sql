DROP FUNCTION amda_users_with_unrecorded_statuses();
ALTER TABLE scheduled_statuses DROP COLUMN is_recorded;
