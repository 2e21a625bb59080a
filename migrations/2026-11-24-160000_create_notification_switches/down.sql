DROP TABLE notification_switches;
