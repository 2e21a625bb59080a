DROP FUNCTION amda_totals(timestamptz, integer);
DROP INDEX outbox_open;
