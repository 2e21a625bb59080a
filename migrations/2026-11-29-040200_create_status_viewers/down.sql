DROP TABLE status_viewers;
