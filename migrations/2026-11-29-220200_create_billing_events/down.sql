DROP TABLE billing_drifts;
DROP TABLE billing_events;
