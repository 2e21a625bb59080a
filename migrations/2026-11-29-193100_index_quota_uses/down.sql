DROP INDEX quota_uses_by_time;
