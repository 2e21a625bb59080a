ALTER TABLE users DROP COLUMN has_password;
DROP FUNCTION amda_user_by_external_identity(text, text);
DROP TABLE external_identities;
