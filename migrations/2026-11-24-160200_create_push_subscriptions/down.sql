DROP TABLE notification_preferences;
DROP TABLE push_subscriptions;
