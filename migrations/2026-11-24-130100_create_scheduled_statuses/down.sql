DROP TABLE scheduled_status_viewers;
DROP TABLE scheduled_statuses;
