DROP FUNCTION amda_logins_revoked_since(timestamptz);
DROP FUNCTION amda_user_by_refresh_token(bytea);
DROP TABLE refresh_tokens;
DROP TABLE logins;
DROP TABLE user_keys;
DROP FUNCTION amda_user_by_email(text);
DROP TABLE users;
