DROP FUNCTION amda_newest_events;
