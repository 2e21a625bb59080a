-- For those that wait out of the order: they are counted before one more is asked for.
CREATE INDEX webhook_deliveries_alone ON webhook_deliveries (endpoint_id) WHERE state = 'PENDING' AND is_alone;
