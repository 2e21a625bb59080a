DROP INDEX notifications_by_read_at;
