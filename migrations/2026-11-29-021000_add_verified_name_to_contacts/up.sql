-- The name of a business that WhatsApp verified, sealed like the others.
ALTER TABLE contacts ADD COLUMN sealed_verified_name bytea;
