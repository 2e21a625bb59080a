DROP INDEX webhook_deliveries_alone;
