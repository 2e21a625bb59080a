-- The names say which quota and which statuses the notices are about.
UPDATE notifications SET kind = 'VIEW_ONCE_QUOTA_EXHAUSTED' WHERE kind = 'QUOTA_EXHAUSTED';
UPDATE notification_switches SET kind = 'VIEW_ONCE_QUOTA_EXHAUSTED' WHERE kind = 'QUOTA_EXHAUSTED';
UPDATE notification_mails SET kind = 'VIEW_ONCE_QUOTA_EXHAUSTED' WHERE kind = 'QUOTA_EXHAUSTED';
UPDATE notifications SET kind = 'SCHEDULED_STATUS_PUBLISHED' WHERE kind = 'STATUS_PUBLISHED';
UPDATE notification_switches SET kind = 'SCHEDULED_STATUS_PUBLISHED' WHERE kind = 'STATUS_PUBLISHED';
UPDATE notification_mails SET kind = 'SCHEDULED_STATUS_PUBLISHED' WHERE kind = 'STATUS_PUBLISHED';
UPDATE notifications SET kind = 'SCHEDULED_STATUS_MISSED' WHERE kind = 'STATUS_MISSED';
UPDATE notification_switches SET kind = 'SCHEDULED_STATUS_MISSED' WHERE kind = 'STATUS_MISSED';
UPDATE notification_mails SET kind = 'SCHEDULED_STATUS_MISSED' WHERE kind = 'STATUS_MISSED';
UPDATE notifications SET kind = 'SCHEDULED_STATUS_FAILED' WHERE kind = 'STATUS_FAILED';
UPDATE notification_switches SET kind = 'SCHEDULED_STATUS_FAILED' WHERE kind = 'STATUS_FAILED';
UPDATE notification_mails SET kind = 'SCHEDULED_STATUS_FAILED' WHERE kind = 'STATUS_FAILED';
