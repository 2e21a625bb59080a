ALTER TABLE contacts DROP COLUMN sealed_verified_name;
