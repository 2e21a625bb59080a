ALTER TABLE users DROP COLUMN bought_plan, DROP COLUMN granted_plan;
